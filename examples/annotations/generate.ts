import { parseArgs } from 'node:util';
import { loadAnnotations } from './load.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: '1250' }, seed: { type: 'string', default: '1' } },
});
const [url] = positionals;
const [images, seed] = [Number(values.images), Number(values.seed)];
if (url === undefined || !Number.isSafeInteger(images) || images < 0 || !Number.isSafeInteger(seed)) {
  console.error('Usage: node examples/annotations/generate.ts postgres://user@host/empty_database [--images 1250] [--seed 1]');
  process.exit(2);
}
console.log(`${await loadAnnotations(url, { images, seed })} rows`);
