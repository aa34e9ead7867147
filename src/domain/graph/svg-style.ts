/** Colours of both grounds, each legible on it; `hue0` to `hue5` tell lines to different tables apart, and mean nothing. */
type Palette = {
  readonly ground: string;
  readonly band: string;
  readonly text: string;
  readonly dim: string;
  readonly box: string;
  readonly edge: string;
  readonly natural: string;
  readonly origin: string;
  readonly image: string;
  readonly circle: string;
  readonly circleGround: string;
  readonly hues: readonly string[];
};

const light: Palette = {
  ground: '#ffffff',
  band: '#f4f6f8',
  text: '#1b2430',
  dim: '#5b6675',
  box: '#ffffff',
  edge: '#c3cad4',
  natural: '#1d8f60',
  origin: '#2c6bd8',
  image: '#8b95a3',
  circle: '#c2410c',
  circleGround: '#fff3ea',
  hues: ['#7088a8', '#4f9aa0', '#8f7bb5', '#a58a4e', '#6f9a62', '#b0788f'],
};

const dark: Palette = {
  ground: '#11151b',
  band: '#191e26',
  text: '#e7ebf1',
  dim: '#9aa6b6',
  box: '#222935',
  edge: '#3e4857',
  natural: '#46c58d',
  origin: '#6ba5ff',
  image: '#8490a1',
  circle: '#ff9c57',
  circleGround: '#2c2017',
  hues: ['#7f95b3', '#5ba6ab', '#9d8cc4', '#b39a5f', '#7ba96e', '#bb879c'],
};

/** Plain values and no variables: programs that draw SVG, other than browsers, know nothing of these. */
const coloursOf = (palette: Palette): string =>
  [
    `.ground{fill:${palette.ground}}`,
    `.band{fill:${palette.band}}`,
    `.title,.name,.phase{fill:${palette.text}}`,
    `.summary,.small,.key{fill:${palette.dim}}`,
    `.box{fill:${palette.box};stroke:${palette.edge}}`,
    ...(['natural', 'origin', 'image'] as const).map((kind) => `.${kind} .mark{fill:${palette[kind]}}`),
    `.circle rect{fill:${palette.circleGround};stroke:${palette.circle}}`,
    `.circle text{fill:${palette.circle}}`,
    `.link{stroke:${palette.hues[0] ?? palette.dim}}`,
    ...palette.hues.map((hue, at) => `.hue${at}{stroke:${hue}}`),
    `.link.in,.self path{stroke:${palette.circle}}`,
    `.head{fill:${palette.dim}}`,
    `.head.in,.self .tip{fill:${palette.circle}}`,
    `.self rect{fill:${palette.box}}`,
  ]
    .map((rule) => rule.replaceAll(/(^|,)\./g, '$1.waybill-graph .'))
    .join('');

const sans = `system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif`;
const mono = `ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace`;

const shapes = [
  `.waybill-graph text{font-family:${sans}}`,
  `.waybill-graph .name,.waybill-graph .key{font-family:${mono}}`,
  `.waybill-graph .title{font-size:22px;font-weight:600}`,
  `.waybill-graph .summary{font-size:13px}`,
  `.waybill-graph .phase{font-size:13px;font-weight:600}`,
  `.waybill-graph .small,.waybill-graph .circle text{font-size:11.5px}`,
  `.waybill-graph .end{text-anchor:end}`,
  `.waybill-graph .name{font-size:12.5px;font-weight:600}`,
  `.waybill-graph .key{font-size:10.5px}`,
  `.waybill-graph .link{fill:none;stroke-width:1.5}`,
  `.waybill-graph .link.in{stroke-width:1.8}`,
  `.waybill-graph .optional{stroke-dasharray:5 3.5}`,
  `.waybill-graph .circle rect{stroke-dasharray:2 3}`,
  `.waybill-graph .self path{fill:none;stroke-width:1.6}`,
  `.waybill-graph .self .tip{stroke:none}`,
].join('');

/** More rules than this slow a browser down. */
const mostToPointAt = 200;

/** Pointing at a table leaves only its own lines. */
const pointing = (tables: number): string =>
  tables > mostToPointAt
    ? ''
    : Array.from({ length: tables }, (_, at) => `.waybill-graph:has(.table.n${at}:hover) .link:not(.n${at})`).join(',') + '{opacity:.1}';

export const styleOf = (tables: number): string =>
  `${shapes}${coloursOf(light)}${tables === 0 ? '' : pointing(tables)}@media (prefers-color-scheme:dark){${coloursOf(dark)}}`;
