import { startEmbedded } from '../../src/infra/postgres/embedded.ts';

/** Started by test/infra/embedded.test.ts: holds the server in the given folder until standard input ends. */
const embedded = await startEmbedded({ dataDir: process.argv[2] ?? '' });
console.log(JSON.stringify({ url: embedded.url, adopted: embedded.adopted, pid: embedded.pid }));
process.stdin.resume();
process.stdin.once('end', () => void embedded.stop());
