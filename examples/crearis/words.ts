import type { Random } from './random.ts';

const given = [
  'Ada',
  'Björn',
  'Chloé',
  'Dana',
  'Émile',
  'Farah',
  'Grzegorz',
  'Hana',
  'İpek',
  'Jürgen',
  'Karim',
  'Lena',
  'Miloš',
  'Nuria',
  'Oskar',
  'Paula',
  'Qiao',
  'Rosa',
  'Søren',
  'Tomás',
  'Uta',
  'Vera',
  'Wanda',
  'Xenia',
  'Yasmin',
  'Zoë',
];
const family = [
  'Albrecht',
  "O'Neill",
  'Çelik',
  'Dvořák',
  'Eriksen',
  'Ferreira',
  'Groß',
  'Haas',
  'Ibsen',
  'Jansen',
  'Kowalski',
  'Lindqvist',
  'Müller',
  'Núñez',
  'Østby',
  'Petit',
  'Quist',
  'Rossi',
  'Šimić',
  'Tanaka',
  'Urban',
  'Vogel',
  'Weiß',
  'Yılmaz',
  'Zanetti',
];
const things = [
  'stage',
  'chorus',
  'mask',
  'garden',
  'lantern',
  'workshop',
  'story',
  'river',
  'market',
  'summer',
  'voice',
  'shadow',
  'puppet',
  'rehearsal',
  'harvest',
  'studio',
];
const kinds = ['open', 'little', 'travelling', 'silent', 'burning', 'northern', 'forgotten', 'shared', 'second', 'quiet', 'bilingual', 'improvised'];
/** Text that a careless tool changes: each must arrive byte for byte. */
const awkward = [
  'line one\nline two',
  'tab\there',
  'back\\slash',
  '"quoted"',
  "it's",
  '',
  ' padded ',
  'null',
  'NULL',
  '\\N',
  '\\.',
  '1e5',
  '007',
  '{}',
  '🎭 finale',
  'e\u0301 is not é',
  '=1+1',
  'a,b;c',
  'CRLF\r\nend',
];

export const personName = (random: Random): string => `${random.pick(given)} ${random.pick(family)}`;
export const title = (random: Random): string => `The ${random.pick(kinds)} ${random.pick(things)}${random.chance(0.2) ? ` of ${random.pick(given)}` : ''}`;
export const slug = (random: Random): string => `${random.pick(kinds)}-${random.pick(things)}`;

export const prose = (random: Random, sentences: number): string =>
  Array.from({ length: sentences }, () =>
    random.chance(0.08) ? random.pick(awkward) : `${title(random)} meets the ${random.pick(kinds)} ${random.pick(things)}.`,
  ).join(random.chance(0.3) ? '\n\n' : ' ');

/** Mostly prose, sometimes nothing, sometimes the empty string. */
export const maybeProse = (random: Random, sentences: number): string | undefined =>
  random.chance(0.25) ? undefined : random.chance(0.1) ? '' : prose(random, sentences);

export const tagNames = things.flatMap((thing) => kinds.slice(0, 3).map((kind) => `${kind} ${thing}`));

const base = Date.UTC(2024, 0, 1);
export const instant = (random: Random, days = 700): string => new Date(base + random.whole(0, days * 86_400) * 1000 + random.whole(0, 999)).toISOString();
export const day = (random: Random): string => instant(random).slice(0, 10);
