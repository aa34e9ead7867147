import { tableId, type Column, type EnumType } from './catalogue.ts';

/**
 * Whether every value of one column fits another unchanged. Judged from the types alone: what only some values break
 * (NOT NULL, CHECK) is found row by row later.
 */
export type Fit = { readonly fit: 'same' } | { readonly fit: 'wider'; readonly note?: string } | { readonly fit: 'none'; readonly reason: string };

/** `key`: the column's equality decides which rows are the same, so it has to be the same on both sides. */
export type FitContext = { readonly key: boolean; readonly from: readonly EnumType[]; readonly to: readonly EnumType[] };

export const fitOf = (from: Column, to: Column, context: FitContext): Fit => {
  const domain = domainReason(from, to);
  if (domain !== undefined) return { fit: 'none', reason: domain };
  const [source, target] = [parse(from.domain?.base ?? from.type), parse(to.domain?.base ?? to.type)];
  if (from.enum !== undefined && to.enum !== undefined && source.dimensions === target.dimensions) return enumFit(from, to, context);
  const fit = typeFit(source, target, from, to);
  if (fit === undefined) return { fit: 'none', reason: tooNarrow(from, to) };
  if (!context.key || sameEquality(source.base, target.base, from, to)) return fit;
  return { fit: 'none', reason: `${to.type} and the archive's ${from.type} differ in what they call equal, and this is a key column` };
};

const tooNarrow = (from: Column, to: Column): string => `its type ${to.type} does not take every ${from.type}`;

const domainReason = (from: Column, to: Column): string | undefined => {
  if (to.domain === undefined) return undefined;
  if (from.type !== to.type) return `${tooNarrow(from, to)} (a domain may refuse values)`;
  return to.domain.notNull && from.domain?.notNull === false ? `its domain ${to.type} is NOT NULL, which the archive's is not` : undefined;
};

const enumFit = (from: Column, to: Column, context: FitContext): Fit => {
  const labels = (column: Column, enums: readonly EnumType[]): readonly string[] | undefined =>
    enums.find((type) => column.enum !== undefined && tableId(type) === tableId(column.enum))?.labels;
  const [source, target] = [labels(from, context.from), labels(to, context.to)];
  const sameName = from.enum !== undefined && to.enum !== undefined && tableId(from.enum) === tableId(to.enum);
  if (source === undefined || target === undefined)
    return sameName ? { fit: 'same' } : { fit: 'none', reason: `its enum ${to.type} is another type than the archive's ${from.type}` };
  const missing = source.filter((label) => !target.includes(label));
  if (missing.length > 0)
    return { fit: 'none', reason: `its enum ${to.type} lacks the label${missing.length > 1 ? 's' : ''} ${missing.map((label) => `'${label}'`).join(', ')}` };
  return source.length === target.length && sameName ? { fit: 'same' } : { fit: 'wider' };
};

/** A printed type in its parts: `timestamp(3) with time zone[]` -> base, [3], one dimension. */
type TypeParts = { readonly base: string; readonly sizes: readonly number[]; readonly dimensions: number };
const parse = (formatted: string): TypeParts => {
  const element = formatted.replace(/(\[\])+$/, '');
  const size = /\((-?\d+(?:,-?\d+)*)\)/.exec(element);
  return {
    base: element.replace(/\(-?\d+(?:,-?\d+)*\)/, ''),
    sizes: size?.[1] === undefined ? [] : size[1].split(',').map(Number),
    dimensions: (formatted.length - element.length) / 2,
  };
};

const same: Fit = { fit: 'same' };
const wider: Fit = { fit: 'wider' };

const typeFit = (from: TypeParts, to: TypeParts, source: Column, target: Column): Fit | undefined => {
  if (from.dimensions !== to.dimensions) return from.dimensions === 0 ? undefined : to.dimensions === 0 ? asText(from, to) : undefined;
  if (from.base === to.base) return sizeFit(from, to);
  const fit = across[from.base]?.[to.base]?.(from.sizes, to.sizes);
  if (fit !== undefined) return fit ? (blankPadded(from, to) ?? wider) : undefined;
  // An extension's type may live in another schema.
  if (source.typeKind === 'base' && target.typeKind === 'base' && unqualified(from.base) === unqualified(to.base))
    return from.base === to.base ? same : { fit: 'wider', note: `its type is ${to.base} where the archive says ${from.base}` };
  return from.dimensions > 0 ? undefined : asText(from, to);
};

const unqualified = (name: string): string => (/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/.test(name) ? (name.split('.')[1] ?? name) : name);

const asText = (_from: TypeParts, to: TypeParts): Fit | undefined =>
  to.base === 'text' || (to.base === 'character varying' && to.sizes.length === 0) ? { fit: 'wider', note: 'values are kept as their text' } : undefined;

const blankPadded = (from: TypeParts, to: TypeParts): Fit | undefined =>
  from.base === 'character' && to.base !== 'character' ? { fit: 'wider', note: 'the blanks that pad the values become part of them' } : undefined;

/** Same type, other size. No size is the widest, `character` aside, which PostgreSQL prints with its size always. */
const sizeFit = (from: TypeParts, to: TypeParts): Fit | undefined => {
  if (from.sizes.join() === to.sizes.join()) return same;
  if (to.sizes.length === 0) return wider;
  if (from.base === 'numeric') return numericFits(from.sizes, to.sizes) ? wider : undefined;
  if (from.base === 'bit') return undefined;
  const [had, has] = [from.sizes[0] ?? (temporal.test(from.base) ? 6 : Number.POSITIVE_INFINITY), to.sizes[0] ?? 0];
  return has > had || (has === had && temporal.test(from.base)) ? wider : undefined;
};

const temporal = /^(timestamp|time|interval)/;

const numericFits = ([precision, scale = 0]: readonly number[], [room, places = 0]: readonly number[]): boolean =>
  room === undefined || (precision !== undefined && places >= scale && room - places >= precision - scale);

const always = (): boolean => true;
const length = ([had]: readonly number[], [has]: readonly number[]): boolean => has === undefined || (had !== undefined && has >= had);
const digits =
  (count: number) =>
  (_had: readonly number[], has: readonly number[]): boolean =>
    numericFits([count, 0], has);

/** From one type to another: whether it is wide enough, given both sizes. */
const across: Readonly<Record<string, Readonly<Record<string, (had: readonly number[], has: readonly number[]) => boolean>>>> = {
  smallint: { integer: always, bigint: always, numeric: digits(5), real: always, 'double precision': always },
  integer: { bigint: always, numeric: digits(10), 'double precision': always },
  bigint: { numeric: digits(19) },
  real: { 'double precision': always },
  'character varying': { text: always },
  text: { 'character varying': (_had, has) => has.length === 0 },
  character: { text: always, 'character varying': ([had = 1], has) => length([had], has) },
  name: { text: always, 'character varying': (_had, has) => length([63], has) },
  bit: { 'bit varying': length },
  date: { 'timestamp without time zone': always },
  cidr: { inet: always },
  jsonb: { json: always },
};

const families: Readonly<Record<string, string>> = {
  smallint: 'number',
  integer: 'number',
  bigint: 'number',
  numeric: 'number',
  'character varying': 'text',
  text: 'text',
  name: 'text',
  cidr: 'inet',
  inet: 'inet',
  uuid: 'uuid',
};
const sameEquality = (from: string, to: string, source: Column, target: Column): boolean =>
  from === to ||
  unqualified(from) === unqualified(to) ||
  (families[from] !== undefined && families[from] === families[to] && source.equality?.schema === target.equality?.schema);
