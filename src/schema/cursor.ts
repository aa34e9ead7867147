import { GraphQLError } from 'graphql';

/** Cursors are places a client may have kept: whatever else it sends is told so. */
const refuseCursor = (): never => {
  throw new GraphQLError('The cursor is none that this list gave out. Take `pageInfo.endCursor` of the page before, or none.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
};

export const positionOf = (cursor: string | null | undefined): number | undefined => {
  if (cursor === null || cursor === undefined || cursor === '') return undefined;
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : refuseCursor();
};

/** Line number and byte of a line in a file. */
export const placeOf = (cursor: string | null | undefined): { readonly line: number; readonly byte: number } => {
  if (cursor === null || cursor === undefined || cursor === '') return { line: 0, byte: 0 };
  const found = /^(\d{1,15})@(\d{1,15})$/.exec(cursor);
  return found === null ? refuseCursor() : { line: Number(found[1]), byte: Number(found[2]) };
};
export const placeCursor = (place: { readonly line: number; readonly byte: number }): string => `${place.line}@${place.byte}`;
