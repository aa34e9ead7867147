import { Conflict } from '../../domain/refusal.ts';
import { renewIdentity, type FoundIdentity } from '../../infra/postgres/identity.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { lockHolder, tryLock, unlock } from './marker.sql.ts';
import { ensureTargetSchema, type TargetSchemaOptions } from './target-schema.ts';

/**
 * For a copy that cannot be told from its original (of the server's files), and for a database whose log is lost: from now
 * on it is another database, whose past belongs to its parent (ENGINE-RULES 25). Not while a run is at work in it.
 */
export const takeNewIdentity = async (session: Session, options: TargetSchemaOptions = {}): Promise<FoundIdentity> => {
  await ensureTargetSchema(session, options);
  const { locked } = await session.one<{ locked: boolean }>(tryLock);
  if (!locked) {
    const holder = await session.maybeOne<{ application: string }>(lockHolder);
    throw new Conflict(
      'DATABASE_BUSY',
      `A run is at work in this database (${holder?.application ?? 'another session'}). Give it a new identity when that has ended.`,
    );
  }
  try {
    return await renewIdentity(session, options);
  } finally {
    await session.run(unlock);
  }
};
