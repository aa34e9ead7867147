import { defineEntity, p } from '@mikro-orm/core';

export const InboxFile = defineEntity({
  name: 'InboxFile',
  tableName: 'inbox_file',
  schema: 'waybill',
  properties: {
    inboxId: p.text().primary(),
    folder: p.text(),
    name: p.text(),
    sha256: p.text().name('sha256'),
    bytes: p.bigint('number'),
    uploadId: p.text().nullable(),
    arrivedBy: p.text(),
    state: p.text(),
    runId: p.text().nullable(),
    code: p.text().nullable(),
    actor: p.text(),
    arrivedAt: p.datetime(),
    settledAt: p.datetime().nullable(),
    version: p.bigint('number'),
    position: p.bigint('number'),
  },
});
