import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import { builder } from './builder.ts';

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
};

const toLong = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('Long is a whole number between -(2^53 - 1) and 2^53 - 1.');

builder.scalarType('Long', {
  description: 'A whole number of up to 53 bits: row counts, bytes, positions in the log.',
  serialize: (value) => toLong(typeof value === 'bigint' ? Number(value) : value),
  parseValue: toLong,
  parseLiteral: (node) => toLong(node.kind === Kind.INT ? Number(node.value) : undefined),
});

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const toDateTime = (value: unknown): string =>
  typeof value === 'string' && dateTime.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : refuse('DateTime is a point in time as in RFC 3339: 2026-11-21T09:00:00Z.');

builder.scalarType('DateTime', {
  description: 'A point in time as in RFC 3339: `2026-11-21T09:00:00.123456Z`.',
  serialize: (value) => String(value),
  parseValue: toDateTime,
  parseLiteral: (node) => toDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('JSON', {
  description: 'Any JSON value: data whose shape depends on the code or type that stands beside it.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node) => valueFromASTUntyped(node),
});

/** By shape: the server's own class of files is not the global one. */
const isFile = (value: unknown): value is File =>
  typeof value === 'object' && value !== null && 'stream' in value && typeof value.stream === 'function' && 'name' in value;

builder.scalarType('File', {
  description: 'A file in a multipart request (https://github.com/jaydenseric/graphql-multipart-request-spec). For small files: the server holds it in memory.',
  serialize: () => refuse('File is for input only.'),
  parseValue: (value) => (isFile(value) ? value : refuse('File must be sent as a part of a multipart request.')),
  parseLiteral: () => refuse('File must be sent as a variable of a multipart request.'),
});
