import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

export const KnownDatabase = defineEntity({
  name: 'KnownDatabase',
  tableName: 'known_database',
  schema: 'waybill',
  properties: {
    stream: p.text().primary(),
    name: p.text(),
    server: p.text(),
    databaseId: p.text().nullable(),
    systemIdentifier: p.text().nullable(),
    oid: p.bigint('number').nullable(),
    firstPosition: p.bigint('number'),
    registeredAt: p.datetime(),
    identifiedAt: p.datetime().nullable(),
    version: p.bigint('number'),
    position: p.bigint('number'),
  },
});
export type KnownDatabaseEntity = InferEntity<typeof KnownDatabase>;
