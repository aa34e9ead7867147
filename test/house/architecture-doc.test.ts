import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const pathsOf = async (document: string): Promise<readonly string[]> => {
  const text = await readFile(at(document), 'utf8');
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, path]) => path ?? '');
  const called = [...text.matchAll(/^\s*(src\/\S+)/gm)].map(([, path]) => path ?? '');
  return [...quoted, ...called].filter((path) => /^(src|test|bench|examples|scripts|docs)\//.test(path) && !path.includes('*'));
};

describe.each(['docs/ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/LOG.md'])('%s', (document) => {
  it('names only files that exist', async () => {
    const missing: string[] = [];
    for (const path of await pathsOf(document)) await access(at(path)).catch(() => missing.push(path));
    expect(missing).toEqual([]);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  it('stays short', async () => {
    expect((await readFile(at('docs/ARCHITECTURE.md'), 'utf8')).split('\n').length).toBeLessThanOrEqual(151);
  });
});
