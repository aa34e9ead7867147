import { describe, expect, it } from 'vitest';
import { expandedName, isUnfinishedName, nameBeside, safeFileName } from '../../../src/domain/inbox/file-name.ts';
import type { FileRule } from '../../../src/domain/inbox/rules.ts';
import { createRuleFinder } from '../../../src/infra/folders/rules.ts';

const rule = (match: string, more: Partial<FileRule> = {}): FileRule => ({ folder: 'inbox', match, into: 'shop', mode: 'import', after: 'move', ...more });

describe('names of files', () => {
  it.each([
    ['products.jsonl', 'products.jsonl'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\list.csv', 'list.csv'],
    ['..', 'file'],
    ['', 'file'],
    ['.env', 'env'],
    ['a\u0000b\n.csv', 'a_b_.csv'],
    ['evil\u202Evsc.exe', 'evil_vsc.exe'],
    ['half.part', 'half.part_'],
    ['Caf\u0065\u0301.csv', 'Café.csv'],
  ])('%j lies in the folder as %j', (given, expected) => {
    expect(safeFileName(given)).toBe(expected);
    expect(isUnfinishedName(safeFileName(given))).toBe(false);
  });

  it('of any length fit, with their ending', () => {
    const name = safeFileName(`${'ü'.repeat(300)}.jsonl.gz`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/\.jsonl\.gz$/);
    expect(Buffer.byteLength(nameBeside(name, 'a'.repeat(64)))).toBeLessThanOrEqual(255);
  });

  it('beside another keep their ending; archives are not expanded', () => {
    expect(nameBeside('p.jsonl', '0123456789abcdef')).toBe('p~01234567.jsonl');
    expect(nameBeside('p.tar.zst', '0123456789abcdef')).toBe('p~01234567.tar.zst');
    expect([expandedName('p.jsonl.gz'), expandedName('p.tar.gz'), expandedName('p.csv')]).toEqual(['p.jsonl', 'p.tar.gz', 'p.csv']);
  });
});

describe('rules', () => {
  it('match by name, the first that does; compressed files by what is inside', () => {
    const find = createRuleFinder([rule('products*.jsonl', { table: 'product' }), rule('*.jsonl'), rule('*.csv', { folder: 'exchange' })]);
    expect(find('inbox', 'products-1.jsonl')?.table).toBe('product');
    expect(find('inbox', 'products-1.jsonl.gz')?.table).toBe('product');
    expect(find('inbox', 'other.jsonl')?.match).toBe('*.jsonl');
    expect(find('inbox', 'a.csv')).toBeUndefined();
    expect(find('exchange', 'a.csv')?.match).toBe('*.csv');
    expect(find('inbox', '.products.jsonl')).toBeUndefined();
  });

  it('that name a folder are refused, with their pattern', () => {
    expect(() => createRuleFinder([rule('inbox/*.csv')])).toThrow(
      expect.objectContaining({ code: 'RULE_INVALID', message: expect.stringContaining('inbox/*.csv') }),
    );
  });
});
