import { expect, test } from 'vitest';
import type { Table } from '../../../src/domain/catalogue/catalogue.ts';
import { fingerprintText } from '../../../src/domain/catalogue/fingerprint.ts';
import { primary, table, unique } from './build.ts';

const text = (...tables: readonly Table[]): string => fingerprintText({ tables, sequences: [] });
const items = table('items', { id: 'int serial', code: 'text not null' }, [primary('id'), unique('code')]);

test('order, column numbers, estimates and ownership do not matter', () => {
  const shuffled: Table = {
    ...items,
    columns: items.columns.toReversed().map((column) => ({ ...column, attnum: column.attnum + 7 })),
    uniques: items.uniques.toReversed(),
    estimatedRows: 5,
    owned: false,
  };
  const other = table('other', { id: 'int' });
  expect(text(shuffled, other)).toBe(text(other, items));
});
test('the order of the columns of a key does', () =>
  expect(text(table('t', { a: 'int', b: 'int' }, [unique('a b', { name: 'k' })]))).not.toBe(
    text(table('t', { a: 'int', b: 'int' }, [unique('b a', { name: 'k' })])),
  ));
test('a type, a default, a check does', () => {
  const changed = (change: Partial<Table>): string => text({ ...items, ...change });
  const all = [
    text(items),
    changed({ rowSecurity: 'enabled' }),
    changed({ checks: [{ name: 'c', expression: 'true', columns: [], enforced: true, validated: true }] }),
    text(table('items', { id: 'int serial', code: 'varchar(5) not null' }, [primary('id'), unique('code')])),
  ];
  expect(new Set(all).size).toBe(all.length);
});
test('how far a sequence is does not, its increment does', () => {
  const sequence = { schema: 'public', name: 'id_seq', type: 'bigint', start: '1', increment: '1', minimum: '1', maximum: '9', cycle: false };
  const withSequence = (change: object): string => fingerprintText({ tables: [items], sequences: [{ ...sequence, ...change }] }, new Set(['public.items']));
  expect(withSequence({ lastValue: '5', isCalled: true })).toBe(withSequence({}));
  expect(withSequence({ increment: '2' })).not.toBe(withSequence({}));
});
