import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { defaultDefinition } from '../../../src/domain/snapshot/definition.ts';
import { snapshotJsonSchema, type JsonSchema } from '../../../src/domain/snapshot/json-schema.ts';
import { introspect } from '../../../src/infra/postgres/introspect.ts';
import type { TestDatabase } from '../../support/cluster.ts';
import { corporaDatabases, corporaMissing, loadCorpora } from '../../support/corpora.ts';
import { createRig } from './rig.ts';

const missing = corporaMissing();
if (missing !== undefined) test(missing, (context) => context.skip());

const schemaOf = async (database: TestDatabase): Promise<JsonSchema> => {
  const { tables, enums = [] } = await introspect(await database.session());
  const keyed = chooseKeys({ tables });
  return snapshotJsonSchema(defaultDefinition(keyed), { tables: keyed, enums, name: 'shop' });
};

/** Their rows are many and alike. */
const large = new Set(['usda', 'netflix', 'employee']);

describe('a document of every database', () => {
  test.each(corporaDatabases().filter((name) => !large.has(name)))('fits its JSON Schema: %s', async (name) => {
    const rig = await createRig();
    await loadCorpora(name, rig.database.url, 'whole');
    const folder = await rig.folder();
    await rig.take(folder, { csv: false });
    const schema = await schemaOf(rig.database);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { 'date-time': true } }).compile(schema);
    const document: unknown = JSON.parse(await readFile(join(folder, 'database_export.json'), 'utf8'));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    await rig.close();
  });
});
