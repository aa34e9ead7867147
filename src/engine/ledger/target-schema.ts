import { Refusal } from '../../domain/refusal.ts';
import { sqlStateOf } from '../../infra/postgres/errors.ts';
import { ownSchema, targetRelations, type TargetRelations } from '../../infra/postgres/own-relations.ts';
import { transaction, type Session } from '../../infra/postgres/session.ts';
import { compile, sql, type Statement } from '../../infra/postgres/sql.ts';
import {
  begin,
  commentSchema,
  commit,
  createRelations,
  createSchema,
  describeChanges,
  grants,
  installed,
  installedVersion,
  lockInstallation,
  rollback,
  schemaExists,
  type InstalledRow,
  type SchemaRow,
  type VersionRow,
} from './target-schema.sql.ts';

export type TargetSchemaOptions = { /** `waybillSchema` of the settings; absent: `waybill`. */ readonly schema?: string };

/** Each takes the relations from the version before to its own. The first one is the whole. */
const migrations: readonly { readonly version: number; statements(own: TargetRelations): readonly Statement[] }[] = [
  { version: 1, statements: createRelations },
  { version: 2, statements: describeChanges },
];
const newest = migrations.length;

/**
 * Makes the relations that Waybill keeps in a target where they are missing, and brings old ones up to date. Once they are
 * there and the role may use them it writes nothing, so a role without any right to create can run after a DBA has
 * installed them from `printTargetSchema`.
 */
export const ensureTargetSchema = async (session: Session, options: TargetSchemaOptions = {}): Promise<TargetRelations> => {
  const own = targetRelations(options.schema);
  if ((await stateOf(session, own)) === 'ready') return own;
  let installedNow: InstalledState = 'absent';
  try {
    await transaction(session, { begin, commit, rollback }, async () => {
      await session.run(lockInstallation);
      const state = await stateOf(session, own);
      installedNow = state;
      if (state === 'ready') return;
      if (state === 'absent') await prepareSchema(session, own.run.schema);
      for (const migration of migrations.filter(({ version }) => version > (state === 'absent' ? 0 : state))) {
        for (const statement of migration.statements(own)) await session.run(statement);
      }
    });
  } catch (error) {
    if (sqlStateOf(error)?.sqlState === '42501') throw missingRights(own.run.schema, installedNow);
    throw error;
  }
  return own;
};

/** The relations where they are installed; writes nothing. */
export const findTargetSchema = async (session: Session, options: TargetSchemaOptions = {}): Promise<TargetRelations | undefined> => {
  const own = targetRelations(options.schema);
  return (await stateOf(session, own)) === 'absent' ? undefined : own;
};

const prepareSchema = async (session: Session, schema: string): Promise<void> => {
  if ((await session.one<SchemaRow>(schemaExists(schema))).found) return;
  if (schema !== ownSchema)
    throw new Refusal(
      'TARGET_SCHEMA_NOT_FOUND',
      `The schema ${schema}, in which Waybill shall keep its ledger, does not exist. Create it, or correct the setting waybillSchema.`,
      { schema },
    );
  await session.run(createSchema(schema));
  await session.run(commentSchema(schema));
};

/** `absent`, the version to migrate from, or `ready`. */
type InstalledState = 'absent' | 'ready' | number;

const stateOf = async (session: Session, own: TargetRelations): Promise<InstalledState> => {
  const found = await session.many<InstalledRow>(installed(own));
  if (found.length === 0) return 'absent';
  const foreign = found.filter(({ known }) => !known).map(({ name }) => `${own.run.schema}.${name}`);
  if (foreign.length > 0)
    throw new Refusal(
      'TARGET_SCHEMA_NAME_TAKEN',
      `The target has relations of its own named ${foreign.join(', ')}, where Waybill would keep its ledger. Name another schema in the setting waybillSchema.`,
      { relations: foreign },
    );
  if (found.some(({ usable }) => !usable)) throw missingRights(own.run.schema);
  const { version } = await session.one<VersionRow>(installedVersion(own));
  if (version > newest)
    throw new Refusal(
      'TARGET_SCHEMA_NEWER',
      `The relations in the schema ${own.run.schema} were made by a newer Waybill (version ${version}, this one knows ${newest}). Use that Waybill.`,
      { version },
    );
  return version === newest ? 'ready' : version;
};

const missingRights = (schema: string, state: InstalledState = 'absent'): Refusal =>
  typeof state === 'number'
    ? new Refusal(
        'TARGET_SCHEMA_MISSING_RIGHTS',
        `The relations that Waybill keeps in the schema ${schema} of the target are of version ${state}, this Waybill needs version ${newest}, and the role may not alter them. Let a DBA run what \`waybill install --print --from-version ${state}\` prints.`,
        { schema, version: state },
      )
    : new Refusal(
        'TARGET_SCHEMA_MISSING_RIGHTS',
        `The role may not create, or may not use, the relations that Waybill keeps in the schema ${schema} of the target. Let a DBA run what \`waybill install --print\` prints, grants included, or name a schema in which the role may create (setting waybillSchema).`,
        { schema },
      );

/** The DDL for a DBA, as one transaction: all of it, or what is new since a version. Without a role the grants are printed as comments to be filled in. */
export const printTargetSchema = (schema?: string, role?: string, fromVersion = 0): string => {
  const own = targetRelations(schema);
  const text = (statement: Statement): string => `${compile(statement).text};`;
  const create = fromVersion === 0 && own.run.schema === ownSchema ? [createSchema(ownSchema), commentSchema(ownSchema)] : [];
  const rights = role === undefined ? grants(own, sql`YOUR_ROLE`).map((statement) => `-- ${text(statement)}`) : grants(own, sql`${sql.id(role)}`).map(text);
  return [
    `-- The relations that Waybill keeps in a target, version ${newest}${fromVersion === 0 ? '' : `, where version ${fromVersion} is`}. Run as a role that may create them.`,
    'begin;',
    ...create.map(text),
    ...migrations
      .filter(({ version }) => version > fromVersion)
      .flatMap(({ statements }) => statements(own))
      .map(text),
    ...(role === undefined ? ['-- Put the role of the runs in place of YOUR_ROLE:'] : []),
    ...rights,
    'commit;',
    '',
  ].join('\n');
};
