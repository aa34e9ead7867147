import { tableId } from '../catalogue/catalogue.ts';
import type { Key, KeyedTable } from '../catalogue/key.ts';
import { layOut, tableHeight, type Area, type Layout, type PlacedLink, type PlacedTable } from './layout.ts';
import type { PhasedTables } from './phases.ts';
import { styleOf } from './svg-style.ts';
import { shorten, svgText, textWidth } from './svg-text.ts';

const margin = 28;
const heading = 96;
const headOfBand = 34;
const legendHeight = 92;
const [nameWidth, keyWidth] = [7.6, 6.4];
const [mostName, mostKey] = [34, 34];

/** One SVG document, without ids, scripts or anything from elsewhere: safe to put into a page as it is. */
export const drawGraph = (title: string, phased: PhasedTables): string => {
  const names = namesOf(phased);
  const layout = layOut(phased, (table) => Math.ceil(Math.max(textWidth(names(table)) * nameWidth + 46, textWidth(keyLine(table.key)) * keyWidth + 30)));
  const width = Math.max(layout.width, 620) + 2 * margin;
  const top = heading + (layout.bandHeight > 0 ? headOfBand : 0);
  const height = top + layout.height + legendHeight;
  const numberOf = new Map(layout.tables.map(({ table }, at) => [tableId(table), at]));
  const hues = huesOf(layout);
  const summary = summarize(phased);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="waybill-graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${svgText(title)}: what refers to what</title><desc>${svgText(summary)}</desc>`,
    `<style>${styleOf(layout.tables.length)}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="${margin}" y="44">${svgText(title)}</text><text class="summary" x="${margin}" y="66">${svgText(summary)}</text>`,
    `<g transform="translate(${margin} ${top})">`,
    ...drawBands(layout, phased),
    ...layout.circles.map(drawCircle),
    ...layout.links.map((placed) => drawLink(placed, numberOf, hues)),
    ...drawHeads(layout.links),
    ...layout.tables.map((placed, at) => drawTable(placed, { names, at, self: phased.selfReferences.get(tableId(placed.table)) ?? [] })),
    `</g>`,
    drawLegend(height - legendHeight + 40, phased),
    `</svg>\n`,
  ].join('\n');
};

/** The schema is said where there are several. */
const namesOf = ({ blocks }: PhasedTables): ((table: KeyedTable) => string) => {
  const schemas = new Set(blocks.flatMap(({ tables }) => tables.map(({ schema }) => schema)));
  return (table) => shorten(schemas.size > 1 ? tableId(table) : table.name, mostName);
};

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

const summarize = ({ blocks, links, selfReferences, unenforced }: PhasedTables): string => {
  const circles = blocks.filter(({ isCircle }) => isCircle).length;
  const references = [...links, ...[...selfReferences.values()].map((words) => ({ words }))].reduce((sum, { words }) => sum + words.length, 0);
  return [
    count(
      blocks.reduce((sum, { tables }) => sum + tables.length, 0),
      'table',
      'tables',
    ),
    count(references, 'reference', 'references'),
    count(Math.max(0, ...blocks.map(({ phase }) => phase)), 'phase', 'phases'),
    circles === 0 ? 'no circle' : count(circles, 'circle', 'circles'),
    ...(unenforced === 0 ? [] : [`not drawn: ${count(unenforced, 'reference that is not enforced', 'references that are not enforced')}`]),
  ].join(' · ');
};

/** How the rows of a table are found in another database. */
const keyLine = (key: Key): string => {
  if (key.kind === 'image') return 'no key';
  return shorten(key.kind === 'natural' ? `key: ${key.columns.join(', ')}` : `id: ${key.surrogate.join(', ')}`, mostKey);
};

const drawBands = ({ phases, bandHeight, aloneAt }: Layout, { blocks }: PhasedTables): readonly string[] => {
  const linked = phases.map((phase, at) => {
    const own = blocks.filter((block) => block.phase === at + 1).reduce((sum, { tables }) => sum + tables.length, 0);
    return `<g><rect class="band" x="${phase.x - 14}" y="${-headOfBand}" width="${phase.width + 28}" height="${bandHeight + headOfBand + 14}" rx="10"/><text class="phase" x="${phase.x}" y="-13">Phase ${at + 1}</text><text class="small end" x="${phase.x + phase.width}" y="-13">${own}</text></g>`;
  });
  return bandHeight === 0
    ? []
    : [...linked, ...(aloneAt === undefined ? [] : [`<text class="small" x="0" y="${aloneAt + 38}">Phase 1 too: tables that stand alone</text>`])];
};

const drawCircle = ({ x, y, width, height }: Area): string =>
  `<g class="circle"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="9"/><text x="${x + 12}" y="${y + 16}">circle: go in together</text></g>`;

type Point = PlacedLink['points'][number];

const curve = (from: Point, to: Point): string => {
  const middle = Math.round((from.x + to.x) / 2);
  return from.y === to.y ? `H${to.x}` : `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
};

/** Beside the circle's tables, farther out the farther apart they are. */
const arc = (from: Point, to: Point): string => {
  const isDown = from.y < to.y;
  const out = Math.max(from.x, to.x) + Math.min(32, 10 + Math.abs(to.y - from.y) / 8) + (isDown ? 0 : 10);
  const [start, end] = isDown ? [from.y + 11, to.y - 6] : [from.y - 11, to.y + 6];
  return `M${from.x} ${start}C${out} ${start} ${out} ${end} ${to.x + 7} ${end}`;
};

const pathOf = ({ link, points }: PlacedLink): string => {
  const [first, ...rest] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  if (link.isInCircle) return arc(first, last);
  let at = first;
  return `M${first.x} ${first.y}${rest
    .map((point, index) => {
      const target = index === rest.length - 1 ? { x: point.x + 7, y: point.y } : point;
      const piece = curve(at, target);
      at = target;
      return piece;
    })
    .join('')}`;
};

/** By the table that lines go to, neighbours in different ones. */
const huesOf = ({ tables, links }: Layout): ReadonlyMap<string, number> => {
  const parents = new Set(links.map(({ link }) => link.parent));
  const own = tables.filter(({ table }) => parents.has(tableId(table))).toSorted((one, other) => one.x - other.x || one.y - other.y);
  return new Map(own.map(({ table }, at) => [tableId(table), at % 6]));
};

const drawLink = (placed: PlacedLink, numberOf: ReadonlyMap<string, number>, hues: ReadonlyMap<string, number>): string => {
  const { child, parent, words, isOptional, isInCircle } = placed.link;
  const [from, to] = [numberOf.get(child) ?? 0, numberOf.get(parent) ?? 0];
  const classes = ['link', `n${from}`, `n${to}`, ...(isInCircle ? ['in'] : [`hue${hues.get(parent) ?? 0}`]), ...(isOptional ? ['optional'] : [])];
  return `<path class="${classes.join(' ')}" d="${pathOf(placed)}"><title>${svgText(words.join('\n')).replaceAll('\\u{a}', '\n')}</title></path>`;
};

/** Where a line ends, at what is referred to: one for all lines that come together there. */
const drawHeads = (links: readonly PlacedLink[]): readonly string[] => {
  const heads = links.flatMap(({ link, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    const y = link.isInCircle ? last.y + (first.y < last.y ? -6 : 6) : last.y;
    return [`<path class="head${link.isInCircle ? ' in' : ''}" d="M${last.x} ${y}l8 -4v8z"/>`];
  });
  return [...new Set(heads)];
};

type Naming = { readonly names: (table: KeyedTable) => string; readonly at: number; readonly self: readonly string[] };

const drawTable = ({ table, x, y, width }: PlacedTable, { names, at, self }: Naming): string => {
  const loop =
    self.length === 0
      ? ''
      : `<g class="self"><title>${self.map(svgText).join('\n')}</title><rect x="${x + width - 27}" y="${y + 6}" width="20" height="20" rx="4"/><path d="M${x + width - 12} ${y + 14}a5 5 0 1 0 0 4.5"/><path class="tip" d="M${x + width - 10} ${y + 9}v6.5h-6z"/></g>`;
  return [
    `<g class="table ${table.key.kind} n${at}"><title>${svgText(aboutTable(table))}</title>`,
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="${tableHeight}" rx="6"/>`,
    `<path class="mark" d="M${x + 6} ${y}h-1a5 5 0 0 0 -5 5v${tableHeight - 10}a5 5 0 0 0 5 5h1z"/>`,
    `<text class="name" x="${x + 15}" y="${y + 18}">${svgText(names(table))}</text><text class="key" x="${x + 15}" y="${y + 33}">${svgText(keyLine(table.key))}</text>`,
    `${loop}</g>`,
  ].join('');
};

const aboutTable = (table: KeyedTable): string => {
  const rows = Math.max(0, Math.round(table.estimatedRows));
  const key =
    table.key.kind === 'natural' ? `key (${table.key.columns.join(', ')})` : table.key.kind === 'origin' ? 'known by its id' : 'known by the whole row';
  return `${tableId(table)}: ${count(table.columns.length, 'column', 'columns')}, ${key}, about ${count(rows, 'row', 'rows')}`;
};

const kinds: readonly (readonly [Key['kind'], string])[] = [
  ['natural', 'has a key: found by what it says'],
  ['origin', 'only an id that the database makes up'],
  ['image', 'no key: known by the whole row'],
];

const drawLegend = (y: number, { selfReferences, blocks }: PhasedTables): string => {
  let x = margin;
  const entries = kinds.map(([kind, words]) => {
    const entry = `<g class="${kind}"><rect class="mark" x="${x}" y="${y - 10}" width="6" height="14" rx="2"/><text class="small" x="${x + 12}" y="${y + 1}">${words}</text></g>`;
    x += words.length * 6 + 40;
    return entry;
  });
  const lines = [
    { shape: (at: number) => `<path class="link" d="M${at} ${y + 23}h26"/>`, words: 'has to refer', width: 26 },
    { shape: (at: number) => `<path class="link optional" d="M${at} ${y + 23}h26"/>`, words: 'may be NULL', width: 26 },
    ...(blocks.some(({ isCircle }) => isCircle)
      ? [{ shape: (at: number) => `<path class="link in" d="M${at} ${y + 23}h26"/>`, words: 'in a circle', width: 26 }]
      : []),
    ...(selfReferences.size > 0
      ? [{ shape: (at: number) => `<g class="self"><path d="M${at + 11} ${y + 21}a5 5 0 1 0 0 4.5"/></g>`, words: 'refers to itself', width: 14 }]
      : []),
  ];
  x = margin;
  const drawn = lines.map(({ shape, words, width }) => {
    const entry = `${shape(x)}<text class="small" x="${x + width + 8}" y="${y + 27}">${words}</text>`;
    x += width + words.length * 6 + 34;
    return entry;
  });
  return [...entries, ...drawn].join('');
};
