import { describe, expect, test } from 'vitest';
import { cellText, excerpts } from '../../src/cli/cell-text.ts';
import { rowDiff, type DiffCell, type DiffRow, type Paint } from '../../src/cli/row-diff.ts';

const mark = (letter: string) => (text: string) => `<${letter}>${text}</${letter}>`;
const plain = (text: string): string => text;
const bare: Paint = { red: plain, green: plain, yellow: plain, bold: plain, dim: plain, width: 100 };
const painted: Paint = { red: mark('r'), green: mark('g'), yellow: mark('y'), bold: mark('b'), dim: mark('d'), width: 100 };

const cell = (column: string, current: string | null, incoming: string | null, change: Partial<DiffCell> = {}): DiffCell => ({
  column,
  base: null,
  baseKnown: false,
  current,
  incoming,
  outcome: 'INCOMING',
  resolution: null,
  ...change,
});
const row = (change: Partial<DiffRow>): DiffRow => ({
  table: 'public.person',
  row: 'ada@example.org',
  verdict: 'UPDATE',
  deletedBy: null,
  resolution: null,
  cells: [],
  ...change,
});

describe('a value', () => {
  test('NULL, nothing, the text NULL and blanks at an edge stay apart', () => {
    expect([null, '', 'NULL', 'null', ' a', 'a ', "'a'", 'a b'].map(cellText)).toEqual(['NULL', "''", "'NULL'", 'null', "' a'", "'a '", "''a''", 'a b']);
  });

  test('what would move the cursor or hide text is shown instead', () => {
    expect(cellText('a\u001b[2Jb\u202ec\nd')).toBe('a\\u{1b}[2Jb\\u{202e}c\\nd');
  });

  test('short values are shown whole', () => {
    expect(excerpts(['Ada', null], 16)).toEqual(['Ada', 'NULL']);
  });

  test('a small change deep in a long document is in view on both sides', () => {
    const [old = '', fresh = ''] = excerpts(
      [`${'x'.repeat(5000)}{"name":"Ada"}${'y'.repeat(5000)}`, `${'x'.repeat(5000)}{"name":"Eve"}${'y'.repeat(5000)}`],
      40,
    );
    expect([old, fresh]).toEqual([expect.stringContaining('"Ada"'), expect.stringContaining('"Eve"')]);
    expect([old.length, fresh.length].every((length) => length <= 40)).toBe(true);
  });

  test('a change at the very end is in view', () => {
    const [old = '', fresh = ''] = excerpts([`${'x'.repeat(100)}1`, `${'x'.repeat(100)}2`], 20);
    expect([old.endsWith('1'), fresh.endsWith('2')]).toEqual([true, true]);
    expect(old.length).toBeLessThanOrEqual(20);
  });

  test('no character is cut in two', () => {
    for (let width = 16; width < 24; width += 1)
      for (const text of excerpts([`${'😀'.repeat(40)}a`, `${'😀'.repeat(20)}b${'😀'.repeat(20)}`], width)) expect(text.isWellFormed()).toBe(true);
  });

  test('a value that ends before the others part is shown from its beginning', () => {
    expect(excerpts(['x'.repeat(100), 'xx', null], 20)[1]).toBe('xx');
  });
});

describe('rows of a plan', () => {
  test('an update shows old and new of each cell, the columns aligned', () => {
    expect(rowDiff([row({ cells: [cell('name', 'Ada', 'Ada L.'), cell('birthday', null, '1815-12-10')] })], 'MERGE', bare)).toEqual([
      'public.person',
      '  update    ada@example.org',
      '      name      Ada → Ada L.',
      '      birthday  NULL → 1815-12-10',
    ]);
  });

  test('a cell that was changed here only is seen to stay', () => {
    const lines = rowDiff([row({ cells: [cell('name', 'Ada', 'Eve'), cell('city', 'Graz', 'Wien', { outcome: 'CURRENT' })] })], 'MERGE', bare);
    expect(lines.slice(2)).toEqual(['      name  Ada → Eve', '      city  Graz stays, not Wien']);
  });

  test('old is red and new is green', () => {
    expect(rowDiff([row({ cells: [cell('name', 'Ada', 'Eve')] })], 'MERGE', painted).at(-1)).toBe('      name  <r>Ada</r> → <g>Eve</g>');
  });

  test('a delete shows what goes, and that it is because the other side has deleted it', () => {
    const lines = rowDiff([row({ verdict: 'DELETE', deletedBy: 'INCOMING', cells: [cell('name', 'Ada', null)] })], 'MERGE', painted);
    expect(lines.slice(1)).toEqual(['  <r>delete  </r>  ada@example.org  <d>deleted there</d>', '      name  <r>Ada</r>']);
  });

  test('a conflict shows base, current and incoming side by side, and what is open', () => {
    const conflict = row({
      verdict: 'CONFLICT',
      cells: [
        cell('name', 'Ada L.', 'Ada B.', { base: 'Ada', baseKnown: true, outcome: 'CLASH' }),
        cell('city', 'Wien', 'Graz', { base: 'Wien', baseKnown: true }),
        cell('note', null, '', { outcome: 'CLASH', resolution: 'CURRENT' }),
      ],
    });
    expect(rowDiff([conflict], 'MERGE', bare)).toEqual([
      'public.person',
      '  conflict  ada@example.org',
      '      column  base         current  incoming',
      '      name    Ada          Ada L.   Ada B.    open',
      '      city    Wien         Wien     Graz      incoming',
      "      note    (not known)  NULL     ''        takes current",
    ]);
  });

  test('a row that one side deleted and the other changed says which, and that NULL is not meant', () => {
    const conflict = row({
      verdict: 'CONFLICT',
      deletedBy: 'CURRENT',
      cells: [
        cell('name', null, 'Eve', { base: 'Ada', baseKnown: true, outcome: 'CLASH' }),
        cell('city', null, 'Wien', { base: 'Wien', baseKnown: true, outcome: 'CLASH' }),
      ],
    });
    expect(rowDiff([conflict], 'MERGE', bare).slice(1)).toEqual([
      '  conflict  ada@example.org  deleted here, changed there: open',
      '      column  base  current   incoming',
      '      name    Ada   (no row)  Eve',
    ]);
    expect(rowDiff([{ ...conflict, resolution: 'INCOMING' }], 'MERGE', bare)[1]).toMatch(/changed there: takes incoming$/);
  });

  test('a row that is gone is told in the words of its run', () => {
    const reason = (kind: 'MERGE' | 'REPLACE' | 'ROLLBACK', change: Partial<DiffRow>): string =>
      rowDiff([row({ deletedBy: 'INCOMING', verdict: 'DELETE', ...change })], kind, bare)[1]
        ?.split('  ')
        .at(-1) ?? '';
    expect([reason('MERGE', {}), reason('REPLACE', {}), reason('ROLLBACK', {})]).toEqual(['deleted there', 'not in the archive', 'the run had put it in']);
    expect(reason('ROLLBACK', { verdict: 'CONFLICT' })).toBe('the run had put it in, changed since: open');
    expect(reason('ROLLBACK', { verdict: 'CONFLICT', deletedBy: 'CURRENT' })).toBe('deleted since, the run had changed it: open');
  });

  test('one heading for each table, a line between them', () => {
    const lines = rowDiff([row({}), row({ row: 'b' }), row({ table: 'public.post', row: 'c', verdict: 'KEEP' })], 'MERGE', bare);
    expect(lines).toEqual(['public.person', '  update    ada@example.org', '  update    b', '', 'public.post', '  keep      c']);
  });

  test('no line is wider than the terminal where a value can be cut', () => {
    const long = 'x'.repeat(500);
    const rows = [
      row({ cells: [cell('name', `${long}1`, `${long}2`)] }),
      row({ verdict: 'CONFLICT', cells: [cell('name', `${long}1`, `${long}2`, { base: long, baseKnown: true, outcome: 'CLASH' })] }),
      row({ verdict: 'DELETE', cells: [cell('name', long, null)] }),
    ];
    for (const width of [80, 120]) expect(rowDiff(rows, 'MERGE', { ...bare, width }).filter((line) => line.length > width)).toEqual([]);
  });
});
