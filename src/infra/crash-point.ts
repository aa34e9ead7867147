/**
 * Boundaries by number, for tests that kill (`WAYBILL_CRASH_AT=n`) or stop (`WAYBILL_STOP_AT=n`) this process at each of
 * them in turn until a run ends without reaching the n-th. Without these variables a call does nothing.
 */
let passed = 0;

const wanted = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : Number(text);
};

export const crashPoint = (name: string): void => {
  const crashAt = wanted('WAYBILL_CRASH_AT');
  const stopAt = wanted('WAYBILL_STOP_AT');
  if (crashAt === undefined && stopAt === undefined) return;
  passed += 1;
  if (passed === crashAt) {
    process.stderr.write(`crash point ${passed} ${name}\n`);
    process.kill(process.pid, 'SIGKILL');
    // The signal is asynchronous: nothing after the boundary may run meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  }
  if (passed === stopAt) {
    process.stderr.write(`stop point ${passed} ${name}\n`);
    process.kill(process.pid, 'SIGSTOP');
  }
};
