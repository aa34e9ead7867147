import { setTimeout } from 'node:timers/promises';
import { Failure } from '../domain/refusal.ts';
import type { MonitorEvent } from '../events/projectors/snapshots/monitor.ts';
import { quietly, readSettings, type GlobalOptions } from './options.ts';
import { bytes, count, duration, shown, type Output } from './output.ts';
import { nameOf } from './target.ts';

type Monitoring = {
  readonly options: GlobalOptions;
  readonly settings: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly output: Output;
};

const lineOf = (event: MonitorEvent): string => {
  if (event.type === 'waiting') return 'another process watches this database; it is waited for';
  if (event.type === 'failed') return `${event.error instanceof Failure ? event.message : 'the snapshot could not be made'} (${event.code}); it is tried again`;
  if (event.type === 'learning') return `changes are learned by ${event.by}${event.reason === '' ? '' : ` (${event.reason})`}`;
  const { by, files, tables, bytesRead, bytesWritten, milliseconds } = event.report;
  const names = files.slice(0, 5).map(({ name }) => name);
  const more = files.length > names.length ? ` and ${count(files.length - names.length)} more` : '';
  return `${names.join(', ') || 'nothing'}${more} written, by ${by}${tables.length === 0 ? '' : ` in ${tables.slice(0, 5).join(', ')}`}; ${bytes(bytesRead)} read, ${bytes(bytesWritten)} written, ${duration(milliseconds / 1000)}`;
};

/** Follows the databases until somebody interrupts; each snapshot is a line, with --json an object a line. */
export const monitorSnapshots = async ({ options, settings, names, output }: Monitoring): Promise<void> => {
  const left = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => left.abort());
  const [{ createApp }, { followDatabases }] = await Promise.all([import('../app.ts'), import('../events/projectors/snapshots/snapshot-service.ts')]);
  const app = await createApp(quietly(await readSettings(options, settings)), { worker: false });
  try {
    const meta = { actor: 'snapshots', requestId: 'snapshot', client: 'cli' };
    const known = await Promise.all(names.map((name) => app.databases.resolve(name, { mayReachInward: true, meta })));
    const following = followDatabases(app, known, (database, event) => {
      const line = `${new Date().toISOString().slice(11, 19)}  ${shown(nameOf(database))}: ${shown(lineOf(event))}`;
      if (event.type === 'written') output.line(line);
      else output.note(line);
      if (event.type === 'written') output.json({ at: new Date().toISOString(), ...event.report });
    });
    output.note('Watching; Ctrl-C ends.');
    while (!left.signal.aborted) await setTimeout(60_000, undefined, { signal: left.signal }).catch(() => undefined);
    await following.stop();
  } finally {
    await app.stop();
  }
};
