import { createRandom, type Random } from './random.ts';
import { day, instant, maybeProse, personName, prose, slug, tagNames, title } from './words.ts';

/**
 * The rows of the example without ids: a reference names its row by key. Copies give the ids, so two copies hold the
 * same rows under different ids.
 */
export type Reference = { readonly to: string; readonly key: string };
export type Cell = string | Reference | undefined;
export type Row = { readonly key: string; readonly cells: Readonly<Record<string, Cell>> };
export type Model = ReadonlyMap<string, readonly Row[]>;

/** Rows at scale 1; about 17,000 in all. */
const sizes = {
  users: 1200,
  projects: 90,
  images: 1500,
  instructors: 180,
  locations: 240,
  participants: 900,
  posts: 1400,
  events: 1200,
  interactions: 2500,
  pages: 450,
  tasks: 600,
};

export const createModel = (options: { readonly seed: number; readonly scale: number }): Model => {
  const random = createRandom(options.seed);
  const count = (name: keyof typeof sizes): number => Math.max(4, Math.round(sizes[name] * options.scale));
  const model = new Map<string, readonly Row[]>();
  const add = (table: string, rows: readonly Row[]): void => void model.set(table, rows);
  const many = (table: keyof typeof sizes, row: (index: number) => Row): void =>
    add(
      table,
      Array.from({ length: count(table) }, (_, index) => row(index)),
    );
  const to = (table: string): Reference => ({ to: table, key: random.pick(model.get(table) ?? []).key });
  const maybe = (table: string, probability: number): Cell => (random.chance(probability) ? to(table) : undefined);

  add('status', statusRows());
  add(
    'tags',
    tagNames
      .slice(0, Math.max(6, Math.round(tagNames.length * options.scale)))
      .map((name) => ({ key: name, cells: { name, description: maybeProse(random, 1) } })),
  );
  const instructorKeys = Array.from({ length: count('instructors') }, (_, index) => `instructor_${pad(index)}`);
  many('users', (index) => {
    const key = `${slug(random)}.${index}@example.org`;
    const instructor: Cell = random.chance(0.2) ? { to: 'instructors', key: random.pick(instructorKeys) } : undefined;
    return {
      key,
      cells: {
        created_at: instant(random),
        updated_at: instant(random),
        sysmail: key,
        name: personName(random),
        status_id: status('users', random),
        instructor_id: instructor,
        prefs: preferences(random),
      },
    };
  });
  const projectKeys = Array.from({ length: count('projects') }, (_, index) => `${slug(random)}-${index}`);
  many('projects', (index) => projectRow(random, projectKeys, index, to('users')));
  many('images', (index) => imageRow(random, index, maybe('users', 0.6)));
  add(
    'instructors',
    instructorKeys.map((key) => ({
      key,
      cells: {
        xmlid: key,
        name: personName(random),
        user_id: to('users'),
        img_id: maybe('images', 0.7),
        status_id: status('instructors', random),
        languages: random.chance(0.2) ? undefined : `{${random.pick(['de', 'de,en', 'fr,"it, ch"', 'NULL,pl', ''])}}`,
        updated_at: instant(random),
      },
    })),
  );
  many('locations', (index) =>
    keyed(`location_${pad(index)}`, {
      name: title(random),
      project_id: maybe('projects', 0.8),
      geo: random.chance(0.3) ? undefined : `{${(47 + random.next() * 7).toFixed(6)},${(6 + random.next() * 9).toFixed(6)}}`,
      status_id: status('locations', random),
      updated_at: instant(random),
    }),
  );
  many('participants', (index) =>
    keyed(`participant_${pad(index)}`, {
      name: personName(random),
      age_group: random.pick([undefined, '[6,12)', '[12,18)', '[18,)', '(,6)']),
      status_id: status('participants', random),
      updated_at: instant(random),
    }),
  );
  many('posts', (index) =>
    keyed(`post_${pad(index)}`, {
      project_id: to('projects'),
      img_id: maybe('images', 0.5),
      title: title(random),
      md: maybeProse(random, 4),
      status_id: status('posts', random),
      updated_at: instant(random),
    }),
  );
  many('events', (index) => eventRow(random, index, to('projects'), maybe('locations', 0.8)));
  many('interactions', (index) => ({
    key: `interaction ${index}`,
    cells: {
      name: random.pick(['login', 'view', 'register', 'cancel']),
      user_id: maybe('users', 0.9),
      project_id: maybe('projects', 0.5),
      payload: random.chance(0.3) ? undefined : preferences(random),
      at: instant(random),
    },
  }));
  many('pages', (index) => ({
    key: `page ${index}`,
    cells: {
      project_id: to('projects'),
      page_type: random.pick(['landing', 'team', 'press', 'contact']),
      header_md: maybeProse(random, 1),
      page_md: maybeProse(random, 3),
      aside_md: maybeProse(random, 1),
      footer_md: maybeProse(random, 1),
      updated_at: instant(random),
    },
  }));
  many('tasks', (index) => ({
    key: `task ${index}`,
    cells: {
      title: title(random),
      assigned: maybe('users', 0.8),
      project_id: maybe('projects', 0.7),
      due: random.chance(0.2) ? undefined : day(random),
      hours: random.pick([undefined, '01:30:00', '2 days', '-00:15:00']),
      done: random.pick(['t', 'f']),
      updated_at: instant(random),
    },
  }));
  const pairs = (table: string, { left, right, perLeft, extra = () => ({}) }: Pairs): void => {
    const rows = new Map<string, Row>();
    for (const { key } of model.get(left[1]) ?? [])
      for (let index = random.whole(0, perLeft); index > 0; index -= 1) {
        const other = to(right[1]);
        rows.set(`${key} ${other.key}`, { key: `${key} ${other.key}`, cells: { [left[0]]: { to: left[1], key }, [right[0]]: other, ...extra() } });
      }
    add(table, [...rows.values()]);
  };
  pairs('project_members', {
    left: ['project_id', 'projects'],
    right: ['user_id', 'users'],
    perLeft: 28,
    extra: () => ({ role: random.pick(['owner', 'member', 'member', 'guest']) }),
  });
  pairs('event_instructors', { left: ['event_id', 'events'], right: ['instructor_id', 'instructors'], perLeft: 2 });
  pairs('events_tags', { left: ['event_id', 'events'], right: ['tag_id', 'tags'], perLeft: 4 });
  pairs('posts_tags', { left: ['post_id', 'posts'], right: ['tag_id', 'tags'], perLeft: 3 });
  return model;
};

type Side = readonly [column: string, table: string];
type Pairs = { readonly left: Side; readonly right: Side; readonly perLeft: number; readonly extra?: () => Record<string, Cell> };

const pad = (index: number): string => String(index + 1).padStart(4, '0');
const keyed = (xmlid: string, cells: Readonly<Record<string, Cell>>): Row => ({ key: xmlid, cells: { xmlid, ...cells } });

const statusTables = ['users', 'instructors', 'locations', 'participants', 'posts', 'events'] as const;
const statusNames = ['new', 'draft', 'public', 'archived'];

const statusRows = (): readonly Row[] =>
  statusTables.flatMap((table, tableIndex) =>
    statusNames.map((name, index) => {
      const id = String(tableIndex * 10 + index + 1);
      return { key: id, cells: { tbl: table, value: String(2 ** index), name } };
    }),
  );

const status = (table: (typeof statusTables)[number], random: Random): Reference => ({
  to: 'status',
  key: String(statusTables.indexOf(table) * 10 + random.whole(1, statusNames.length)),
});

const preferences = (random: Random): string =>
  random.pick([
    '{}',
    `{"theme": "${random.pick(['dark', 'light'])}", "size": ${random.whole(10, 24)}}`,
    `{"tags": ["${random.pick(tagNames)}", null, 1.50], "big": 12345678901234567890}`,
    `{"note": "tab\\there \\"quoted\\" \\\\ back", "nested": {"deep": [[], {}]}}`,
  ]);

const projectRow = (random: Random, keys: readonly string[], index: number, owner: Reference): Row => {
  const key = keys[index] ?? '';
  // A project of a later row may be the region of an earlier one: no order of single rows satisfies the reference.
  const regio: Cell = random.chance(0.6) ? { to: 'projects', key: random.pick(keys) } : undefined;
  const text = { header_md: maybeProse(random, 1), page_md: maybeProse(random, 4), aside_md: maybeProse(random, 1), footer_md: maybeProse(random, 1) };
  return {
    key,
    cells: {
      created_at: instant(random),
      updated_at: instant(random),
      domaincode: key,
      name: title(random),
      owner_id: owner,
      regio,
      type: index % 6 === 0 ? 'regio' : random.pick(['topic', 'onepage', 'service', 'sidebar']),
      ...text,
      config: random.chance(0.5) ? preferences(random) : undefined,
    },
  };
};

const imageRow = (random: Random, index: number, owner: Cell): Row => {
  const bytes = Array.from({ length: random.whole(0, 24) }, () => random.whole(0, 255).toString(16).padStart(2, '0')).join('');
  return keyed(`image_${pad(index)}`, {
    owner_id: owner,
    url: `https://images.example.org/${slug(random)}/${index}.jpg`,
    width: String(random.whole(200, 4000)),
    height: random.chance(0.9) ? String(random.whole(200, 3000)) : undefined,
    thumb: random.chance(0.2) ? undefined : `\\x${bytes}`,
    about: random.pick(['{}', '{"wide shot"}', '{NULL,"a \\"quote\\"","back\\\\slash"}', '{"",null,"NULL"}']),
    updated_at: instant(random),
  });
};

const eventRow = (random: Random, index: number, project: Reference, location: Cell): Row => {
  const start = instant(random);
  const end = new Date(Date.parse(start) + random.whole(1, 96) * 3_600_000).toISOString();
  return keyed(`event_${pad(index)}`, {
    project_id: project,
    location_id: location,
    title: `${title(random)}${random.chance(0.1) ? ` ${prose(random, 1)}` : ''}`,
    during: random.chance(0.05) ? `["${start}",)` : `["${start}","${end}")`,
    price: random.chance(0.3) ? undefined : (random.whole(0, 9000) / 100).toFixed(2),
    status_id: status('events', random),
    updated_at: instant(random),
  });
};
