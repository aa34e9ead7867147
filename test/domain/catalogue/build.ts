import type { Column, Reference, Table, UniqueIndex } from '../../../src/domain/catalogue/catalogue.ts';

const equal = { schema: 'pg_catalog', name: '=' };
const aliases: Readonly<Record<string, string>> = { int: 'integer', varchar: 'character varying', timestamptz: 'timestamp with time zone' };

/** `id: 'int identity'`, `code: 'text not null'`, `uid: 'uuid default gen_random_uuid()'`. */
export const column = (name: string, words: string, attnum = 1): Column => {
  const [, type = 'text', rest = ''] = /^(.+?)(?= not null| identity| serial| default| generated|$)(.*)$/.exec(words) ?? [];
  const full = type.replace(/^\w+/, (first) => aliases[first] ?? first);
  const fallback = / default (.+)$/.exec(rest)?.[1];
  return {
    name,
    attnum,
    type: full,
    typeKind: 'base',
    overComposite: false,
    notNull: / not null| identity| serial/.test(rest),
    baseType: full.replace(/\(.*?\)/, ''),
    equality: equal,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(rest.includes(' identity') ? { identity: 'by default', sequence: { schema: 'public', name: `${name}_seq` } } : {}),
    ...(rest.includes(' serial') ? { default: `nextval('${name}_seq'::regclass)`, sequence: { schema: 'public', name: `${name}_seq` } } : {}),
    ...(rest.includes(' generated') ? { generated: 'stored' } : {}),
  };
};

export const unique = (columns: string, change: Partial<UniqueIndex> = {}): UniqueIndex => {
  const names = columns.split(' ');
  return {
    name: `${names.join('_')}_key`,
    constraint: true,
    primary: false,
    columns: names,
    immediate: true,
    valid: true,
    nullsNotDistinct: false,
    equality: names.map(() => equal),
    ...change,
  };
};
export const primary = (columns: string): UniqueIndex => unique(columns, { name: 'pkey', primary: true });

/** `'owner_id -> users.id'`. */
export const reference = (words: string, change: Partial<Reference> = {}): Reference => {
  const [child = '', parent = ''] = words.split(' -> ');
  const [, name = '', parentColumns = ''] = /^(\w+)\.(.+)$/.exec(parent) ?? [];
  const columns = child.split(' ');
  return {
    name: `${columns.join('_')}_fkey`,
    columns,
    parent: { schema: 'public', name },
    parentColumns: parentColumns.split(' '),
    match: 'simple',
    onDelete: 'no action',
    onUpdate: 'no action',
    deferrable: false,
    deferred: false,
    enforced: true,
    validated: true,
    equality: columns.map(() => equal),
    ...change,
  };
};

export const table = (
  name: string,
  columns: Readonly<Record<string, string>>,
  uniques: readonly UniqueIndex[] = [],
  references: readonly Reference[] = [],
): Table => ({
  schema: 'public',
  name,
  kind: 'table',
  persistence: 'permanent',
  uniques,
  references,
  checks: [],
  unforeseeable: [],
  triggers: [],
  rules: [],
  rowSecurity: 'none',
  owned: true,
  inherits: [],
  estimatedRows: 0,
  columns: Object.entries(columns).map(([each, words], index) => {
    const made = column(each, words, index + 1);
    return uniques.some(({ primary: is, columns: names }) => is && names.includes(each)) ? { ...made, notNull: true } : made;
  }),
});
