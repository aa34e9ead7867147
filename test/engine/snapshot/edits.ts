import type { Random } from '../../../examples/crearis/random.ts';

/** Every shape of table that a snapshot has to follow, and random edits of all of them. */
export const schema = `create collation lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create table regions (code text collate lax primary key, name text, chief int);
  create table projects (id int primary key, region text collate lax references regions on update cascade on delete set null, name text not null, boss_id int references projects on delete set null, at timestamptz);
  create table datasets (project_id int not null references projects on delete cascade on update cascade, nr numeric not null, name varchar(20), primary key (project_id, nr));
  create table images (id bigint primary key, project_id int, nr numeric, split text, done boolean, foreign key (project_id, nr) references datasets on delete cascade on update cascade);
  create table annotations (key text collate "C" primary key, image_id bigint references images on delete cascade on update cascade, box jsonb, score float8);
  create table notes (word text, at timestamp);
  create table events (day date, id int, what text, primary key (day, id)) partition by range (day);
  create table events_old partition of events for values from (minvalue) to ('2024-06-01');
  create table events_new partition of events for values from ('2024-06-01') to (maxvalue);
  create table hens (id int primary key, egg int);
  create table eggs (id int primary key, hen int references hens on delete set null);
  alter table hens add foreign key (egg) references eggs on delete set null;
  alter table regions add foreign key (chief) references projects on delete set null;
  create table pairs (a text, b int, c text not null, unique (a), primary key (c, b));
  create schema beside;
  create table beside.touched (name text primary key);
  create function beside.touch() returns trigger language plpgsql as $$ begin insert into beside.touched values (tg_argv[0]) on conflict do nothing; return null; end $$`;

export const tables = ['regions', 'projects', 'datasets', 'images', 'annotations', 'notes', 'events', 'hens', 'eggs', 'pairs'] as const;

export const touches = tables
  .map(
    (table) =>
      `create trigger touch after insert or update or delete or truncate on ${table} for each statement execute function beside.touch('public.${table}')`,
  )
  .join('; ');

const words = ['a', 'B', 'ä', 'straße', 'Z', 'two words', '', "o'clock", 'q"uote', 'line\nbreak', 'x,y', 'ａ', '_', '0'] as const;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A statement that works whatever rows there are. */
export const edit = (random: Random): string => {
  const n = (high: number): number => random.whole(1, high);
  const word = (): string => text(random.pick(words));
  const maybe = (value: string): string => (random.chance(0.2) ? 'null' : value);
  const some = (table: string, key: string): string => `(select ${key} from ${table} order by md5(${key}::text || '${n(1e6)}') limit 1)`;
  const few = (table: string): string => `ctid in (select ctid from ${table} order by md5(ctid::text || '${n(1e6)}') limit ${n(3)})`;
  const inserts: Readonly<Record<(typeof tables)[number], () => string>> = {
    regions: () => `insert into regions values (${word()} || ${n(30)}, ${maybe(word())}) on conflict do nothing`,
    projects: () =>
      `insert into projects values (${n(60)}, ${maybe(some('regions', 'code'))}, ${word()}, ${maybe(some('projects', 'id'))}, ${maybe(`timestamptz '2024-01-01Z' + ${n(1000)} * interval '1.5 hour'`)}) on conflict do nothing`,
    datasets: () =>
      `insert into datasets select id, ${n(40)} / 4.0, ${maybe(word())} from projects order by md5(id::text || '${n(1e6)}') limit 2 on conflict do nothing`,
    images: () =>
      `insert into images select ${n(1e6)} + g, d.project_id, d.nr, ${maybe(`(array['train', 'val'])[1 + g % 2]`)}, g % 3 = 0 from generate_series(1, ${n(8)}) as g left join (select * from datasets order by md5(nr::text || project_id || '${n(1e6)}') limit 1) as d on ${random.chance(0.8)} on conflict do nothing`,
    annotations: () =>
      `insert into annotations select ${word()} || g || '-' || ${n(500)}, ${maybe(some('images', 'id'))}, ${maybe(`jsonb_build_object('x', g, 'w', ${word()})`)}, ${maybe('g / 7.0')} from generate_series(1, ${n(12)}) as g on conflict do nothing`,
    notes: () => `insert into notes select ${maybe(word())}, ${maybe(`timestamp '2024-01-01' + g * interval '1 day'`)} from generate_series(1, ${n(3)}) as g`,
    events: () => `insert into events values (date '2024-01-01' + ${n(365)}, ${n(50)}, ${maybe(word())}) on conflict do nothing`,
    hens: () => `insert into hens values (${n(40)}, ${maybe(some('eggs', 'id'))}) on conflict do nothing`,
    eggs: () => `insert into eggs values (${n(40)}, ${maybe(some('hens', 'id'))}) on conflict do nothing`,
    pairs: () => `insert into pairs values (${maybe(`${word()} || ${n(9)}`)}, ${n(50)}, ${word()}) on conflict do nothing`,
  };
  const updates: readonly (() => string)[] = [
    () => `update regions set name = ${maybe(word())}, chief = ${maybe(some('projects', 'id'))} where ${few('regions')}`,
    () => `update regions set code = upper(code) where ${few('regions')}`,
    () =>
      `update projects set name = ${word()}, region = ${maybe(some('regions', 'code'))}, boss_id = ${maybe(some('projects', 'id'))} where ${few('projects')}`,
    () =>
      `update projects set id = id + 100 where id = ${some('projects', 'id')} and not exists (select from projects as p where p.id = projects.id + 100) and not exists (select from regions where chief = projects.id) and not exists (select from projects as p where p.boss_id = projects.id)`,
    () => `update datasets set name = name where ${few('datasets')}`,
    () => `update datasets set nr = nr + 100 where ${few('datasets')}`,
    () => `update images set split = ${maybe(word())} where ${few('images')}`,
    () =>
      `update images as i set project_id = d.project_id, nr = d.nr from (select * from datasets order by md5(nr::text || '${n(1e6)}') limit 1) as d where i.id in (select id from images order by md5(id::text) limit 3)`,
    () => `update images set project_id = null where ${few('images')}`,
    () => `update images set id = id + 5000000 where ${few('images')}`,
    () => `update annotations set score = ${maybe(String(n(99) / 3))} where ${few('annotations')}`,
    () => `update annotations set image_id = ${maybe(some('images', 'id'))} where ${few('annotations')}`,
    () => `update annotations set key = key || '~' where ${few('annotations')}`,
    () => `update notes set word = ${maybe(word())} where ${few('notes')}`,
    () =>
      `update events set day = date '2024-01-01' + ${n(365)}, id = id + 1000 + ${n(1e6)} where (day, id) in (select day, id from events order by md5(id::text || '${n(1e6)}') limit 1)`,
    () => `update pairs set a = ${maybe(`${word()} || ${n(1e6)}`)} where ctid = ${some('pairs', 'ctid')}`,
    () => `update hens set egg = ${maybe(some('eggs', 'id'))} where ${few('hens')}`,
  ];
  const chance = random.next();
  const table = random.pick(tables);
  if (chance < 0.5) return inserts[table]();
  if (chance < 0.85) return random.pick(updates)();
  if (chance < 0.97)
    return table === 'events' ? `delete from events where (day, id) in (select day, id from events limit 2)` : `delete from ${table} where ${few(table)}`;
  return `truncate ${table} cascade`;
};
