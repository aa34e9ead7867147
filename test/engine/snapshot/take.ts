import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { checkDefinition, type SnapshotConfig } from '../../../src/domain/snapshot/check-definition.ts';
import { takeSnapshot, type SnapshotTaken, type TakeSnapshot } from '../../../src/engine/snapshot/take-snapshot.ts';
import { introspect } from '../../../src/infra/postgres/introspect.ts';
import { openSession } from '../../../src/infra/postgres/session.ts';

export type TakeOptions = Partial<Pick<TakeSnapshot, 'changed' | 'full' | 'json' | 'csv' | 'now' | 'segment' | 'signal' | 'position'>> & {
  readonly config?: SnapshotConfig;
};

/** Time stands still, so that two documents of the same rows are the same bytes. */
export const noon = Date.UTC(2024, 0, 20, 10, 30);

/** One snapshot into a folder, by a session of its own; tables of the schema `beside` are none of its business. */
export const take = async (url: string, folder: string, { config = {}, ...options }: TakeOptions = {}): Promise<SnapshotTaken> => {
  const session = await openSession(url, { purpose: 'test snapshot' });
  try {
    const found = await introspect(session);
    const tables = found.tables.filter(({ schema }) => schema !== 'beside');
    const catalogue = chooseKeys({ tables }, {});
    return await takeSnapshot({
      session,
      catalogue,
      definition: checkDefinition(config, catalogue),
      folder,
      database: 'shop',
      position: 7,
      now: () => noon,
      json: true,
      csv: true,
      signal: new AbortController().signal,
      ...options,
    });
  } finally {
    await session.close();
  }
};
