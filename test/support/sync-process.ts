import { syncSeed } from '../../src/infra/seed/sync.ts';

/** A sync as a process of its own, for tests that kill it or run it as somebody else: `node sync-process.ts FROM TO [UID]`. */
const [, , from = '', to = '', uid] = process.argv;
if (uid !== undefined) {
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}
console.log(JSON.stringify(await syncSeed({ from, to })));
