import { describe, expect, test } from 'vitest';
import type { Column } from '../../../src/domain/catalogue/catalogue.ts';
import { fitOf } from '../../../src/domain/catalogue/widening.ts';
import { column } from './build.ts';

const fit = (from: Column, to: Column, key = false): string => fitOf(from, to, { key, from: [], to: [] }).fit;
const typed = (type: string): Column => ({ ...column('c', type), type, baseType: type.replace(/\(.*?\)/, '') });

const cases: readonly (readonly [from: string, to: string, expected: 'same' | 'wider' | 'none'])[] = [
  ['integer', 'integer', 'same'],
  ['smallint', 'integer', 'wider'],
  ['integer', 'bigint', 'wider'],
  ['smallint', 'bigint', 'wider'],
  ['bigint', 'integer', 'none'],
  ['integer', 'smallint', 'none'],
  ['bigint', 'numeric', 'wider'],
  ['bigint', 'numeric(19,0)', 'wider'],
  ['bigint', 'numeric(18,0)', 'none'],
  ['integer', 'numeric(12,2)', 'wider'],
  ['integer', 'numeric(11,2)', 'none'],
  ['integer', 'double precision', 'wider'],
  ['bigint', 'double precision', 'none'],
  ['integer', 'real', 'none'],
  ['real', 'double precision', 'wider'],
  ['double precision', 'real', 'none'],
  ['numeric(10,2)', 'numeric(10,2)', 'same'],
  ['numeric(10,2)', 'numeric(12,4)', 'wider'],
  ['numeric(10,2)', 'numeric(11,4)', 'none'],
  ['numeric(10,2)', 'numeric(10,1)', 'none'],
  ['numeric(10,2)', 'numeric', 'wider'],
  ['numeric', 'numeric(10,2)', 'none'],
  ['numeric(3,-2)', 'numeric(5,0)', 'wider'],
  ['character varying(5)', 'character varying(6)', 'wider'],
  ['character varying(6)', 'character varying(5)', 'none'],
  ['character varying(5)', 'text', 'wider'],
  ['character varying(5)', 'character varying', 'wider'],
  ['text', 'character varying', 'wider'],
  ['text', 'character varying(500)', 'none'],
  ['character varying', 'character varying(500)', 'none'],
  ['character(5)', 'text', 'wider'],
  ['character(5)', 'character(6)', 'wider'],
  ['character(5)', 'character(4)', 'none'],
  ['character(5)', 'character varying(4)', 'none'],
  ['text', 'character(5)', 'none'],
  ['timestamp(3) with time zone', 'timestamp with time zone', 'wider'],
  ['timestamp with time zone', 'timestamp(3) with time zone', 'none'],
  ['timestamp with time zone', 'timestamp(6) with time zone', 'wider'],
  ['timestamp without time zone', 'timestamp with time zone', 'none'],
  ['date', 'timestamp without time zone', 'wider'],
  ['date', 'timestamp with time zone', 'none'],
  ['bit(3)', 'bit(4)', 'none'],
  ['bit(3)', 'bit varying(4)', 'wider'],
  ['bit varying(8)', 'bit varying(4)', 'none'],
  ['integer[]', 'integer[]', 'same'],
  ['integer[]', 'bigint[]', 'wider'],
  ['bigint[]', 'integer[]', 'none'],
  ['integer', 'integer[]', 'none'],
  ['integer[]', 'text', 'wider'],
  ['uuid[]', 'text[]', 'none'],
  ['jsonb', 'json', 'wider'],
  ['json', 'jsonb', 'none'],
  ['uuid', 'text', 'wider'],
  ['text', 'uuid', 'none'],
  ['text', 'integer', 'none'],
  ['boolean', 'integer', 'none'],
  ['public.citext', 'ext.citext', 'wider'],
  ['public.citext', 'text', 'wider'],
];
for (const [from, to, expected] of cases) test(`${from} into ${to}: ${expected}`, () => expect(fit(typed(from), typed(to))).toBe(expected));

describe('key columns', () => {
  test('numbers and texts may grow', () => {
    expect([fit(typed('integer'), typed('bigint'), true), fit(typed('character varying(5)'), typed('text'), true)]).toEqual(['wider', 'wider']);
  });
  test('another sense of equality is refused', () => {
    expect([
      fit(typed('character(5)'), typed('text'), true),
      fit(typed('public.citext'), typed('text'), true),
      fit(typed('real'), typed('double precision'), true),
    ]).toEqual(['none', 'none', 'none']);
  });
});

describe('enums', () => {
  const mood = (schema: string): Column => ({ ...typed(`${schema}.mood`), typeKind: 'enum', enum: { schema, name: 'mood' } });
  const labels = (schema: string, ...words: readonly string[]) => [{ schema, name: 'mood', labels: words }];
  const result = (from: readonly string[], to: readonly string[], schema = 'core') =>
    fitOf(mood('core'), mood(schema), { key: false, from: labels('core', ...from), to: labels(schema, ...to) });
  test('the same labels are the same, in whatever order', () => expect(result(['a', 'b'], ['b', 'a']).fit).toBe('same'));
  test('a label more is wider', () => expect(result(['a'], ['a', 'b']).fit).toBe('wider'));
  test('a label less is named', () =>
    expect(result(['a', 'b', "it's"], ['a'])).toEqual({ fit: 'none', reason: "its enum core.mood lacks the labels 'b', 'it's'" }));
  test('another name with the same labels fits', () => expect(result(['a'], ['a'], 'app').fit).toBe('wider'));
});

describe('domains', () => {
  const domain = (name: string, base: string, notNull = false): Column => ({
    ...typed(name),
    baseType: base.replace(/\(.*?\)/, ''),
    domain: { base, notNull },
  });
  test('a domain fits itself and the type below it', () => {
    expect([
      fit(domain('core.pct', 'numeric(5,2)'), domain('core.pct', 'numeric(5,2)')),
      fit(domain('core.pct', 'numeric(5,2)'), typed('numeric(5,2)')),
      fit(domain('core.pct', 'numeric(5,2)'), typed('numeric(4,2)')),
    ]).toEqual(['same', 'same', 'none']);
  });
  test('a plain type does not fit a domain, nor does another domain', () => {
    expect([fit(typed('numeric(5,2)'), domain('core.pct', 'numeric(5,2)')), fit(domain('a.pct', 'numeric'), domain('b.pct', 'numeric'))]).toEqual([
      'none',
      'none',
    ]);
  });
  test('a domain of the same name that became NOT NULL is stricter', () =>
    expect(fit(domain('core.pct', 'numeric'), domain('core.pct', 'numeric', true))).toBe('none'));
});
