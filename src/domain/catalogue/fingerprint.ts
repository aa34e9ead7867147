import { tableId, type Catalogue, type Sequence, type Table } from './catalogue.ts';

/**
 * Text that is the same for two catalogues exactly when rows fit both in the same way: order-free, without oids, column
 * numbers, estimates, and whatever depends on who looks or on how far a sequence is. Hashed by `infra/postgres/fingerprint`.
 */
export const fingerprintText = (catalogue: Pick<Catalogue, 'tables' | 'sequences' | 'enums'>, only?: ReadonlySet<string>): string => {
  const tables = catalogue.tables.filter((table) => only?.has(tableId(table)) ?? true);
  const fed = new Set(tables.flatMap(({ columns }) => columns.flatMap(({ sequence }) => (sequence === undefined ? [] : [tableId(sequence)]))));
  const enums = new Set(tables.flatMap(({ columns }) => columns.flatMap((column) => (column.enum === undefined ? [] : [tableId(column.enum)]))));
  return canonical({
    tables: sorted(tables.map(tableFacts)),
    sequences: sorted(catalogue.sequences.filter((sequence) => only === undefined || fed.has(tableId(sequence))).map(sequenceFacts)),
    enums: sorted((catalogue.enums ?? []).filter((type) => enums.has(tableId(type)))),
  });
};

const tableFacts = ({
  estimatedRows: _estimate,
  owned: _owned,
  columns,
  uniques,
  checks,
  references,
  triggers,
  rules,
  unforeseeable,
  inherits,
  ...rest
}: Table): unknown => ({
  ...rest,
  columns: sorted(columns.map(({ attnum: _attnum, ...column }) => column)),
  uniques: sorted(uniques),
  checks: sorted(checks.map(({ columns: names, ...check }) => ({ ...check, columns: sorted(names) }))),
  references: sorted(references),
  triggers: sorted(triggers),
  rules: sorted(rules),
  unforeseeable: sorted(unforeseeable),
  inherits: sorted(inherits),
});

const sequenceFacts = ({ lastValue: _last, isCalled: _called, ...sequence }: Sequence): unknown => sequence;

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  values
    .map((value) => ({ value, text: canonical(value) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);

/** JSON with the members of every object in order. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};
