import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLines, type Line } from '../../src/infra/files/read-lines.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-lines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const linesOf = async (text: string, from = { byte: 0, line: 0 }): Promise<readonly Line[]> => {
  const path = join(folder, 'lines');
  await writeFile(path, text);
  const lines: Line[] = [];
  for await (const line of readLines(path, from)) lines.push(line);
  return lines;
};

test.each([
  ['nothing', '', []],
  ['one line that ends', 'a\n', ['a']],
  ['a last line that does not end', 'a\nb', ['a', 'b']],
  ['empty lines', '\n\nb\n', ['', '', 'b']],
  ['letters of several bytes', 'Ünïcode\n語\n', ['Ünïcode', '語']],
])('%s', async (_name, text, expected) => {
  expect((await linesOf(text)).map((line) => line.text)).toEqual(expected);
});

test('reading goes on from the place after any line, also where lines are longer than what is read at once', async () => {
  const texts = ['a'.repeat(10), 'ü'.repeat(100_000), '', 'b'.repeat(65_536), 'c'.repeat(65_535), 'end'];
  const text = `${texts.join('\n')}\n`;
  const lines = await linesOf(text);
  expect(lines.map((line) => line.text)).toEqual(texts);
  for (const [index, line] of lines.entries()) {
    expect(line.place.line).toBe(index);
    expect((await linesOf(text, line.next)).map((later) => later.text)).toEqual(texts.slice(index + 1));
  }
});

test('a line of 100 MB is read once, not once for every part of it', async () => {
  const began = performance.now();
  const [line] = await linesOf(`${'x'.repeat(100_000_000)}\n`);
  expect(line?.text.length).toBe(100_000_000);
  expect(performance.now() - began).toBeLessThan(5000);
});
