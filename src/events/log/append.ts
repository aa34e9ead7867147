import pg from 'pg';
import { ulid } from 'ulid';
import type { DomainEvent, Metadata } from '../../domain/run/events.ts';
import { schemaVersionOf, storableJson } from './codec.ts';

export type Expected = { readonly kind: 'exact'; readonly version: number } | { readonly kind: 'none' } | { readonly kind: 'any' };

export type Appending = { readonly id: string; readonly stream: string; readonly event: DomainEvent; readonly metadata: Metadata };
export type Appended = { readonly position: number; readonly id: string; readonly version: number };

export const newId = (): string => ulid();

/** Text without parameters, so that COMMIT travels in the same message. Both arguments go through the literal escape. */
export const appendText = (events: readonly Appending[], expected: Readonly<Record<string, Expected>>): string => {
  const appending = events.map(({ id, stream, event, metadata }) => ({
    id,
    stream,
    type: event.type,
    schemaVersion: schemaVersionOf(event.type),
    data: event.data,
    metadata,
  }));
  return `/* events.log.append */
select event_position, event_id, event_version from waybill.append(${pg.escapeLiteral(storableJson(appending))}::pg_catalog.jsonb, ${pg.escapeLiteral(storableJson(expected))}::pg_catalog.jsonb)`;
};

export const readAppended = (rows: readonly object[]): readonly Appended[] =>
  (rows as readonly { event_position: string; event_id: string; event_version: string }[]).map((row) => ({
    position: Number(row.event_position),
    id: row.event_id,
    version: Number(row.event_version),
  }));
