import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { begin, commit, insertIdentity, lockIdentity, newestIdentity, place, rollback, type IdentityRow, type PlaceRow } from './identity.sql.ts';
import { targetRelations } from './own-relations.ts';
import { transaction, type Session } from './session.ts';

/**
 * Which database this is (ENGINE-RULES 25). The id row travels with every dump and copy, so it is held against the cluster's
 * identifier and the database's oid: where they differ this is a copy, and gets an id of its own with its recorded parent.
 */
export type FoundIdentity = {
  /** Absent where nothing may be written and no id is recorded: the caller keeps one in the store. */
  readonly databaseId: string | undefined;
  /** The database of which this one is a copy. */
  readonly parentId?: string;
  /** The id was given to it just now. */
  readonly isNew?: true;
  readonly name: string;
  /** Empty where the role may not ask for it. */
  readonly systemIdentifier: string;
  readonly oid: number;
};

export type IdentifyOptions = {
  /** Write no id row, even where the role may. */
  readonly readOnly?: boolean;
  /** `waybillSchema` of the settings. The relations are made by `ensureTargetSchema`; without them nothing is written. */
  readonly schema?: string;
};

export const identify = async (session: Session, options: IdentifyOptions = {}): Promise<FoundIdentity> => {
  const own = targetRelations(options.schema).database;
  const here = await session.one<PlaceRow>(place(own));
  const recorded = here.readable ? await session.maybeOne<IdentityRow>(newestIdentity(own)) : undefined;
  if (recorded !== undefined && isHere(recorded, here)) return toIdentity(here, recorded);
  if (options.readOnly === true || !here.readable || !here.writable) return toIdentity(here, undefined, recorded?.databaseId);
  return transaction(session, { begin, commit, rollback }, async () => {
    await session.run(lockIdentity);
    const meanwhile = await session.maybeOne<IdentityRow>(newestIdentity(own));
    if (meanwhile !== undefined && isHere(meanwhile, here)) return toIdentity(here, meanwhile);
    return record(session, here, meanwhile?.databaseId, {
      ...options,
      id: meanwhile === undefined ? placeId(here.systemIdentifier ?? '', here.oid) : undefined,
    });
  });
};

/** A physical copy cannot be told apart: `doctor --new-identity` says that this is one. */
export const renewIdentity = async (session: Session, options: { readonly schema?: string } = {}): Promise<FoundIdentity> => {
  const own = targetRelations(options.schema).database;
  const here = await session.one<PlaceRow>(place(own));
  return transaction(session, { begin, commit, rollback }, async () => {
    await session.run(lockIdentity);
    const recorded = await session.maybeOne<IdentityRow>(newestIdentity(own));
    return record(session, here, recorded?.databaseId ?? placeId(here.systemIdentifier ?? '', here.oid), options);
  });
};

/**
 * The id of a database that has no row of its own: the same for everybody who asks. A source is only read, so an export
 * gives it this id, and the first import into it records the very same. Undefined where the cluster is not to be told.
 */
export const placeId = (systemIdentifier: string, oid: string | number): string | undefined =>
  systemIdentifier === '' ? undefined : `0${createHash('sha256').update(`${systemIdentifier}/${oid}`).digest('hex').slice(0, 25).toUpperCase()}`;

const record = async (
  session: Session,
  here: PlaceRow,
  parentId: string | undefined,
  { schema, id }: { readonly schema?: string; readonly id?: string | undefined },
): Promise<FoundIdentity> => {
  const row = { databaseId: id ?? ulid(), parentId: parentId ?? null, systemIdentifier: here.systemIdentifier, oid: here.oid };
  await session.run(insertIdentity(targetRelations(schema).database, { ...row, name: here.name }));
  return { ...toIdentity(here, row), isNew: true };
};

/** An identifier that one of the two roles could not read decides nothing. */
const isHere = (row: IdentityRow, here: PlaceRow): boolean =>
  row.oid === here.oid && (row.systemIdentifier === null || here.systemIdentifier === null || row.systemIdentifier === here.systemIdentifier);

const toIdentity = (here: PlaceRow, row: IdentityRow | undefined, copyOf?: string): FoundIdentity => {
  const parentId = row === undefined ? copyOf : (row.parentId ?? undefined);
  return {
    databaseId: row?.databaseId,
    ...(parentId === undefined ? {} : { parentId }),
    name: here.name,
    systemIdentifier: here.systemIdentifier ?? row?.systemIdentifier ?? '',
    oid: Number(here.oid),
  };
};
