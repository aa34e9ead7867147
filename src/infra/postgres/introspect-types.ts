import type { Column, EnumType, QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { Defect } from '../../domain/refusal.ts';
import type { TypeRow } from './introspect.sql.ts';

type TypeFacts = Pick<Column, 'typeKind' | 'overComposite' | 'baseType' | 'equality' | 'domain' | 'enum'>;
export type TypeGraph = { facts(oid: number): TypeFacts; readonly enums: readonly EnumType[] };

const record: QualifiedName = { schema: 'pg_catalog', name: '=' };
const kinds = { b: 'base', c: 'composite', e: 'enum', r: 'range', m: 'multirange', p: 'base' } as const;

/** What a column's type is below its domains and arrays, and whether PostgreSQL can say that two of its values are equal. */
export const createTypeGraph = (rows: readonly TypeRow[]): TypeGraph => {
  const types = new Map(rows.map((row) => [row.oid, row]));
  const type = (oid: number | null): TypeRow => {
    const found = oid === null ? undefined : types.get(oid);
    if (found === undefined) throw new Defect(`Type ${oid} was not read`);
    return found;
  };
  /** Below every domain. */
  const base = (row: TypeRow): TypeRow => (row.kind === 'd' ? base(type(row.below)) : row);
  /** Below every domain and array. */
  const core = (row: TypeRow): TypeRow => (row.kind === 'd' || row.array ? core(type(row.below)) : row);
  const overComposite = (row: TypeRow): boolean => row.kind === 'c' || (row.below !== null && overComposite(type(row.below)));
  const overEnum = (row: TypeRow): QualifiedName | undefined =>
    row.kind === 'e' ? { schema: row.schema, name: row.name } : row.below === null ? undefined : overEnum(type(row.below));
  const domain = (row: TypeRow): Column['domain'] => {
    if (row.kind !== 'd' || row.domainBase === null) return undefined;
    const inner = domain(type(row.below));
    return { base: inner?.base ?? row.domainBase, notNull: row.domainNotNull || (inner?.notNull ?? false) };
  };
  const own = (row: TypeRow): QualifiedName | undefined =>
    row.equalitySchema === null || row.equalityName === null ? undefined : { schema: row.equalitySchema, name: row.equalityName };
  /** Arrays and rows compare part by part and fail when a part has no equality (json, point). */
  const equality = (row: TypeRow): QualifiedName | undefined => {
    const below = base(row);
    const exact = own(below);
    if (exact !== undefined) return exact;
    if (below.array) return equality(type(below.below)) === undefined ? undefined : record;
    if (below.kind === 'c') return below.attributes.every((part) => equality(type(part)) !== undefined) ? record : undefined;
    return below.kind === 'e' || below.kind === 'r' || below.kind === 'm' ? record : undefined;
  };
  return {
    facts: (oid) => {
      const row = type(oid);
      const inner = core(row);
      const [equal, enumName, over] = [equality(row), overEnum(row), domain(row)];
      return {
        typeKind: inner.kind === 'd' ? 'base' : kinds[inner.kind],
        overComposite: overComposite(row),
        baseType: base(row).formatted,
        ...(equal === undefined ? {} : { equality: equal }),
        ...(enumName === undefined ? {} : { enum: enumName }),
        ...(over === undefined ? {} : { domain: over }),
      };
    },
    enums: rows
      .filter((row) => row.kind === 'e')
      .map(({ schema, name, labels }) => ({ schema, name, labels }))
      .sort((a, b) => (`${a.schema}.${a.name}` < `${b.schema}.${b.name}` ? -1 : 1)),
  };
};
