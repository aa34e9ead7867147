import { createRandom, type Random } from '../crearis/random.ts';

/** One row as COPY takes it, in the order of `columnsOf`; undefined is NULL. */
export type Row = readonly (string | number | undefined)[];
export type Tables = Readonly<Record<keyof typeof columnsOf, readonly Row[]>>;

export const columnsOf = {
  projects: ['id', 'name', 'description', 'created_at', 'updated_at'],
  labels: ['id', 'project_id', 'name', 'color'],
  datasets: ['id', 'project_id', 'name', 'description', 'created_at', 'updated_at'],
  images: ['id', 'dataset_id', 'filename', 'file_path', 'width', 'height', 'file_size', 'split', 'labeling_status', 'created_at'],
  annotations: ['id', 'image_id', 'label_id', 'type', 'geometry', 'confidence', 'created_at'],
} as const;

export type Size = {
  /** In all: with 1,250 the totals are those of the document that the example follows. */
  readonly images?: number;
  readonly seed?: number;
};

type Plan = {
  readonly name: string;
  readonly createdAt: string;
  readonly labels: readonly string[];
  readonly datasets: readonly string[];
  readonly share: number;
};

/** The first three, with their share of the first 1,250 images. */
const first: readonly Plan[] = [
  {
    name: 'Vehicle Detection',
    createdAt: '2024-01-15 09:00:00+00',
    labels: ['car', 'truck', 'bus', 'bicycle'],
    datasets: ['Training Set', 'Night Drives', 'Motorway'],
    share: 450,
  },
  { name: 'Face Recognition', createdAt: '2024-01-16 14:30:00+00', labels: ['face', 'glasses'], datasets: ['Portraits', 'Crowds'], share: 800 },
  {
    name: 'Defects, "Line 4"',
    createdAt: '2024-01-18 08:15:00+00',
    labels: ['scratch', 'dent', 'stain'],
    datasets: ['Camera A', 'Camera B', 'Camera C'],
    share: 0,
  },
];
const documented = 1250;

const subjects = ['Parcel', 'Leaf', 'Road Sign', 'X-Ray', 'Shelf', 'Weld', 'Bird', 'Roof', 'Cell', 'Hand'] as const;
const places = ['North', 'South', 'Harbour', 'Night', 'Drone', 'Indoor', 'Archive', 'Winter'] as const;
const sides = [640, 800, 1024, 1280, 1920] as const;
const colors = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#42d4f4'] as const;

/** More images mean more projects, each about as large as those of the document. */
const plansFor = (images: number, random: Random): readonly Plan[] => {
  if (images <= documented) return first.map((plan) => ({ ...plan, share: Math.floor((plan.share * images) / documented) }));
  const plans = [...first];
  for (let left = images - documented; left > 0;) {
    const share = Math.min(left, random.whole(200, 900));
    left -= share;
    plans.push({
      name: `${random.pick(subjects)} ${random.pick(places)} ${plans.length + 1}`,
      createdAt: timeOf(2024, random.whole(30, 360) * 1440 + random.whole(0, 1439)),
      labels: Array.from({ length: random.whole(2, 6) }, (_, at) => `class ${at + 1}`),
      datasets: Array.from({ length: random.whole(1, 4) }, (_, at) => `${random.pick(places)} ${at + 1}`),
      share,
    });
  }
  return plans;
};

/** Minutes after the beginning of a year. */
const timeOf = (year: number, minutes: number): string => `${new Date(Date.UTC(year, 0, 1, 0, minutes)).toISOString().slice(0, 19).replace('T', ' ')}+00`;

export const createRows = ({ images = documented, seed = 1 }: Size = {}): Tables => {
  const random = createRandom(seed);
  const tables = { projects: [] as Row[], labels: [] as Row[], datasets: [] as Row[], images: [] as Row[], annotations: [] as Row[] };
  for (const plan of plansFor(images, random)) {
    const project = tables.projects.length + 1;
    tables.projects.push([project, plan.name, random.chance(0.3) ? undefined : `What we know of ${plan.name}.`, plan.createdAt, plan.createdAt]);
    const labels = plan.labels.map((name) => {
      tables.labels.push([tables.labels.length + 1, project, name, random.pick(colors)]);
      return tables.labels.length;
    });
    plan.datasets.forEach((name, at) => {
      const dataset = tables.datasets.length + 1;
      tables.datasets.push([dataset, project, name, undefined, plan.createdAt, plan.createdAt]);
      const count = Math.floor(plan.share / plan.datasets.length) + (at < plan.share % plan.datasets.length ? 1 : 0);
      for (let number = 1; number <= count; number += 1) addImage(tables, { dataset, number, labels }, random);
    });
  }
  return tables;
};

type Place = { readonly dataset: number; readonly number: number; readonly labels: readonly number[] };

const addImage = (tables: { readonly images: Row[]; readonly annotations: Row[] }, { dataset, number, labels }: Place, random: Random): void => {
  const id = tables.images.length + 1;
  const [width, height] = [random.pick(sides), random.pick(sides)];
  const status = random.chance(0.7) ? 'labeled' : random.chance(0.3) ? 'in_progress' : 'unlabeled';
  const split = random.chance(0.7) ? 'train' : random.chance(0.5) ? 'val' : 'test';
  const filename = `img_${String(number).padStart(5, '0')}.jpg`;
  const createdAt = timeOf(2025, id);
  tables.images.push([
    id,
    dataset,
    filename,
    `datasets/${dataset}/${filename}`,
    width,
    height,
    Math.round(width * height * (0.2 + random.next())),
    split,
    status,
    createdAt,
  ]);
  if (status === 'unlabeled') return;
  for (let each = random.whole(1, 3); each > 0; each -= 1) {
    const type = random.pick(['box', 'box', 'polygon', 'classification'] as const);
    tables.annotations.push([
      tables.annotations.length + 1,
      id,
      random.pick(labels),
      type,
      geometryOf(type, { width, height }, random),
      random.chance(0.4) ? undefined : random.next().toFixed(3),
      createdAt,
    ]);
  }
};

const geometryOf = (
  type: 'box' | 'polygon' | 'classification',
  { width, height }: { readonly width: number; readonly height: number },
  random: Random,
): string | undefined => {
  if (type === 'classification') return undefined;
  const point = (): readonly [number, number] => [random.whole(0, width - 1), random.whole(0, height - 1)];
  if (type === 'polygon') return JSON.stringify({ points: Array.from({ length: random.whole(3, 8) }, point) });
  const [x, y] = point();
  return JSON.stringify({ x, y, width: random.whole(1, width - x), height: random.whole(1, height - y) });
};
