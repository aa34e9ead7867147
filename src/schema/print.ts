import { writeFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './schema.ts';

/** `schema.graphql`: what clients share with the server. Sorted, so that it diffs well. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

if (import.meta.main) await writeFile(new URL('../../schema.graphql', import.meta.url), printedSchema());
