import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

export const Upload = defineEntity({
  name: 'Upload',
  tableName: 'upload',
  schema: 'waybill',
  properties: {
    uploadId: p.text().primary(),
    sha256: p.text().name('sha256'),
    bytes: p.bigint('number'),
    name: p.text(),
    actor: p.text(),
    times: p.integer(),
    firstPosition: p.bigint('number'),
    firstAt: p.datetime(),
    lastAt: p.datetime(),
    version: p.bigint('number'),
    position: p.bigint('number'),
  },
});
export type UploadEntity = InferEntity<typeof Upload>;
