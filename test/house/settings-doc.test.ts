import { describe, expect, it } from 'vitest';
import { tableSettingWords } from '../../src/infra/config/databases.ts';
import { snapshotSettingWords } from '../../src/infra/config/snapshots.ts';
import { fileRuleWords } from '../../src/infra/config/rules.ts';
import { defaults, environments, metaOf, presets, settingNames, type SettingName } from '../../src/infra/config/settings.ts';

const shown = (value: unknown): string =>
  value === undefined ? '' : `\`${Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** `production: info, testing: warn`, where a preset differs from the default. */
const defaultOf = (name: SettingName): string => {
  const differing = environments.filter((environment) => presets[environment][name] !== undefined && presets[environment][name] !== defaults[name]);
  const cells = [
    shown(Array.isArray(defaults[name]) && defaults[name].length === 0 ? undefined : defaults[name]),
    ...differing.map((environment) => `${environment}: ${shown(presets[environment][name])}`),
  ];
  return cells.filter((cell) => cell !== '').join('; ');
};

const page = (): string =>
  [
    '# Settings',
    '',
    'Flag > environment > `.env` > `waybill.config.ts` > preset of the environment > default. In `waybill.config.ts` a setting goes by',
    'the name in the first column; `databases` is an object of `{ url, tables, snapshot, waybillSchema }` by name, and the variable',
    '`WAYBILL_DATABASE_<NAME>` sets a URL too. Paths are relative to the working directory. `waybill doctor` prints what holds and',
    'where it came from. This page is written by `npx vitest run test/house/settings-doc.test.ts -u`.',
    '',
    '| setting | variable | default | what it does |',
    '|---|---|---|---|',
    ...settingNames.map(
      (name) =>
        `| \`${name}\` | ${metaOf(name)
          .env.map((variable) => `\`${variable}\``)
          .join(', ')} | ${defaultOf(name)} | ${metaOf(name).about} |`,
    ),
    '',
    'In `tables` of a database, by `schema.table`:',
    '',
    '| setting | what it does |',
    '|---|---|',
    ...Object.entries(tableSettingWords).map(([name, words]) => `| \`${name}\` | ${words} |`),
    '',
    'In `snapshot` of a database ([SNAPSHOTS.md](SNAPSHOTS.md)):',
    '',
    '| setting | what it does |',
    '|---|---|',
    ...Object.entries(snapshotSettingWords).map(([name, words]) => `| \`${name}\` | ${words} |`),
    '',
    'In `rules`, a list in `waybill.config.ts` that says what becomes of files that arrive:',
    '',
    '| setting | what it does |',
    '|---|---|',
    ...Object.entries(fileRuleWords).map(([name, words]) => `| \`${name}\` | ${words} |`),
    '',
  ].join('\n');

describe('docs/SETTINGS.md', () => {
  it('lists every setting as the code has it', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/SETTINGS.md');
  });
});
