import { Refusal } from '../../../domain/refusal.ts';
import { commentSchema, createSchema, schemaComment } from '../../../engine/ledger/target-schema.sql.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { introspect } from '../../../infra/postgres/introspect.ts';
import { ownSchema } from '../../../infra/postgres/own-relations.ts';
import { transaction, type Session } from '../../../infra/postgres/session.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { ownSearchPath } from './snapshots.sql.ts';
import {
  createHook,
  createRing,
  dropHook,
  dropSchema,
  emptySchema,
  findSchema,
  installedHooks,
  lockHooks,
  unhookedTables,
  type InstalledRow,
  type SchemaRow,
  type UnhookedRow,
} from './triggers.sql.ts';

const statements = { begin: sql`begin`, commit: sql`commit`, rollback: sql`rollback` };

const explained = (error: unknown): unknown =>
  sqlStateOf(error)?.sqlState === '42501'
    ? Object.assign(
        new Refusal(
          'HOOKS_MISSING_RIGHTS',
          'The role may not make triggers on all tables, or may make no schema. Use the owner of the tables, or leave the hooks out: polling needs no rights.',
        ),
        { cause: error },
      )
    : error;

/** A trigger on every table that has none of ours yet; the names of those that got one. */
export const installHooks = async (session: Session, schema: string = ownSchema): Promise<readonly string[]> => {
  const { tables } = await introspect(session);
  await session.run(ownSearchPath);
  try {
    return await transaction(session, statements, async () => {
      await session.run(lockHooks);
      if (!(await session.one<SchemaRow>(findSchema(schema))).found) {
        if (schema !== ownSchema)
          throw new Refusal('TARGET_SCHEMA_NOT_FOUND', `The schema ${schema} does not exist. Create it, or correct the setting waybillSchema.`);
        await session.run(createSchema(schema));
        await session.run(commentSchema(schema));
      }
      const missing = await session.many<UnhookedRow>(unhookedTables(tables));
      if (missing.length === 0) return [];
      for (const statement of createRing(schema)) await session.run(statement);
      for (const table of missing) for (const statement of createHook(schema, table)) await session.run(statement);
      return missing.map((table) => `${table.schema}.${table.name}`);
    });
  } catch (error) {
    throw explained(error);
  }
};

/** Without a trace: triggers, function and sequences, and the schema where nothing else is in it. */
export const removeHooks = async (session: Session, schema: string = ownSchema): Promise<readonly string[]> => {
  await session.run(ownSearchPath);
  try {
    return await transaction(session, statements, async () => {
      await session.run(lockHooks);
      const found = await session.many<InstalledRow>(installedHooks());
      for (const hook of found) await session.run(dropHook(hook));
      if (schema === ownSchema && (await session.one<SchemaRow>(emptySchema(schema, schemaComment))).found) await session.run(dropSchema(schema));
      return found.filter(({ kind }) => kind === 'trigger').map((hook) => `${hook.schema}.${hook.name}`);
    });
  } catch (error) {
    throw explained(error);
  }
};
