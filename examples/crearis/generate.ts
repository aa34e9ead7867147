import { parseArgs } from 'node:util';
import { loadExample } from './load.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { copy: { type: 'string', default: 'first' }, seed: { type: 'string', default: '1' }, scale: { type: 'string', default: '1' } },
});
const [url] = positionals;
if (url === undefined || (values.copy !== 'first' && values.copy !== 'second')) {
  console.error('Usage: node examples/crearis/generate.ts postgres://user@host/empty_database [--copy first|second] [--seed 1] [--scale 1]');
  process.exit(2);
}
const rows = await loadExample(url, { copy: values.copy, seed: Number(values.seed), scale: Number(values.scale) });
console.log(`${rows} rows, ${values.copy} copy`);
