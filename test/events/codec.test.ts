import { expect, test } from 'vitest';
import { decodeEvent, schemaVersionOf, storableJson, upcast, type EventRow } from '../../src/events/log/codec.ts';

const row: EventRow = {
  position: '7',
  id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  stream: 'run-x',
  version: '1',
  type: 'CancelRequested',
  schema_version: 1,
  data: {},
  metadata: { actor: 'ada', requestId: 'r', client: 'test' },
  at: '2026-01-01T00:00:00.000000Z',
  hash: '00',
};

test('old data passes through every step between its version and the newest', () => {
  const codec = { upcasts: [(data: object) => ({ ...data, two: true }), (data: object) => ({ ...data, three: true })] };
  expect(upcast(codec, 1, { one: true })).toEqual({ one: true, two: true, three: true });
  expect(upcast(codec, 2, { one: true })).toEqual({ one: true, three: true });
  expect(upcast(codec, 3, { one: true })).toEqual({ one: true });
});

test('an event of a newer version is refused with its position', () => {
  expect(() => decodeEvent({ ...row, schema_version: schemaVersionOf('CancelRequested') + 1 })).toThrow('Event 7 (CancelRequested) is written in version 2');
});

test('an event of an unknown type is refused with its position', () => {
  expect(() => decodeEvent({ ...row, type: 'toString' })).toThrow('Event 7 has the type toString');
});

test('what jsonb cannot hold is replaced, everything else stays', () => {
  expect(JSON.parse(storableJson({ a: 'x\u0000y\uD800', b: [1, null, '😀'] }))).toEqual({ a: 'x\uFFFDy\uFFFD', b: [1, null, '😀'] });
});
