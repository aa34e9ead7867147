import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

type Invariant = { readonly name: string; readonly enforcedBy: readonly { readonly file: string; readonly test: string }[] };

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const invariants = async (): Promise<readonly Invariant[]> => {
  const sections = (await readFile(at('docs/ENGINE.md'), 'utf8')).split(/^#{2,3} /m).filter((section) => /^I\d+ /.test(section));
  return sections.map((section) => {
    const enforced = section.split('*Enforced by:*')[1] ?? '';
    return {
      name: section.split('\n')[0] ?? '',
      enforcedBy: [...enforced.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', test = '']) => ({ file, test })),
    };
  });
};

/** As it stands in the source: the name of a test with its quotes escaped. */
const namesTest = (source: string, test: string): boolean =>
  [`'${test.replaceAll("'", String.raw`\'`)}'`, `"${test}"`, `\`${test}\``].some((quoted) => source.includes(quoted));

describe('docs/ENGINE.md', () => {
  it('gives every invariant its own number, in order', async () => {
    const numbers = (await invariants()).map(({ name }) => Number(/^I(\d+)/.exec(name)?.[1]));
    expect(numbers.length).toBeGreaterThan(25);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, two) => one - two));
  });

  it('names at least one test for every invariant', async () => {
    expect((await invariants()).filter(({ enforcedBy }) => enforcedBy.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it('names only tests that exist', async () => {
    const missing: string[] = [];
    for (const { name, enforcedBy } of await invariants()) {
      for (const { file, test } of enforcedBy) {
        const source = await access(at(file)).then(
          () => readFile(at(file), 'utf8'),
          () => '',
        );
        if (!namesTest(source, test)) missing.push(`${name}: ${file}: ${test}`);
      }
    }
    expect(missing).toEqual([]);
  });
});
