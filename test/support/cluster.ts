import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFailed } from 'vitest';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';

/** The cluster that `test/support/global-setup.ts` started, or the one `WAYBILL_TEST_CLUSTER` names. */
export const clusterUrl = (): string => inject('clusterUrl');

export const databaseUrl = (name: string, user?: string): string => {
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  if (user !== undefined) url.username = user;
  return url.href;
};

export type TestDatabase = { readonly name: string; readonly url: string; session(purpose?: string): Promise<Session>; drop(): Promise<void> };

/** An empty database of its own; dropped by `drop`, kept and named when the test fails. */
export const createTestDatabase = async (template?: string): Promise<TestDatabase> => {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
  await admin.run(
    template === undefined ? sql`create database ${sql.id(name)}` : sql`create database ${sql.id(name)} template ${sql.id(template)} strategy file_copy`,
  );
  await admin.close();
  const url = databaseUrl(name);
  const sessions: Session[] = [];
  let failed = false;
  noticeFailure(() => {
    failed = true;
    console.error(`The database of this failed test is kept: ${name}`);
  });
  return {
    name,
    url,
    session: async (purpose = 'test') => {
      const session = await openSession(url, { purpose });
      sessions.push(session);
      return session;
    },
    drop: async () => {
      await Promise.all(sessions.map((session) => session.close()));
      if (failed) return;
      const dropper = await openSession(clusterUrl(), { purpose: 'test admin' });
      await dropper.run(sql`drop database if exists ${sql.id(name)} with (force)`);
      await dropper.close();
    },
  };
};

/** In a hook there is no test that could fail, though the name of the last one is still known. */
const noticeFailure = (noticed: () => void): void => {
  if (expect.getState().currentTestName === undefined) return;
  try {
    onTestFailed(noticed);
  } catch {
    return;
  }
};

declare module 'vitest' {
  interface ProvidedContext {
    clusterUrl: string;
    /** Removed when all tests are done. */
    tempFolder: string;
  }
}
