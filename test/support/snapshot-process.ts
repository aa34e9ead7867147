import { take } from '../engine/snapshot/take.ts';

/** One snapshot as a process of its own, for tests that kill it: `node snapshot-process.ts URL FOLDER LAYOUT`. */
const [, , url = '', folder = '', layout = 'document'] = process.argv;
const { wrote } = await take(url, folder, { config: { layout: layout === 'roots' ? 'roots' : 'document' }, segment: { rows: 4, bytes: 400 } });
console.log(wrote);
