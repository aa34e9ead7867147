import { defineEntity, p } from '@mikro-orm/core';

export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  schema: 'waybill',
  properties: {
    keyId: p.text().primary(),
    name: p.text(),
    scopes: p.array(),
    databases: p.array().nullable(),
    tables: p.array().nullable(),
    signed: p.text(),
    expiresAt: p.datetime().nullable(),
    generation: p.integer(),
    overlapUntil: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    createdBy: p.text(),
    createdAt: p.datetime(),
    version: p.bigint('number'),
    position: p.bigint('number'),
  },
});
