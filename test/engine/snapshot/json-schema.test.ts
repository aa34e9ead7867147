import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { defaultDefinition, type SnapshotLayout } from '../../../src/domain/snapshot/definition.ts';
import { snapshotJsonSchema, type JsonSchema } from '../../../src/domain/snapshot/json-schema.ts';
import { introspect } from '../../../src/infra/postgres/introspect.ts';
import type { TestDatabase } from '../../support/cluster.ts';
import { corporaDatabases, corporaMissing, loadCorpora } from '../../support/corpora.ts';
import { createRig, filesIn } from './rig.ts';

const missing = corporaMissing();

const schemaOf = async (database: TestDatabase, layout: SnapshotLayout): Promise<JsonSchema> => {
  const { tables, enums = [] } = await introspect(await database.session());
  const keyed = chooseKeys({ tables });
  return snapshotJsonSchema({ ...defaultDefinition(keyed), layout }, { tables: keyed, enums, name: 'shop' });
};

/** Their rows are many and alike. */
const large = new Set(['usda', 'netflix', 'employee']);
const small = new Set(['shapes', 'northwind']);

describe('a document of every database', () => {
  if (missing !== undefined) test(missing, (context) => context.skip());
  test.each(corporaDatabases().filter((name) => !large.has(name)))('fits its JSON Schema: %s', async (name) => {
    const rig = await createRig();
    await loadCorpora(name, rig.database.url, 'whole');
    const fits = async (layout: SnapshotLayout): Promise<void> => {
      const folder = await rig.folder();
      await rig.take(folder, { csv: false, config: { layout } });
      const validate = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { 'date-time': true } }).compile(await schemaOf(rig.database, layout));
      const files = Object.entries(await filesIn(folder));
      expect(files.length).toBeGreaterThan(0);
      for (const [file, text] of files) expect(validate(JSON.parse(text)), `${file} ${JSON.stringify(validate.errors)}`).toBe(true);
    };
    await fits('document');
    if (small.has(name)) await fits('roots');
    await rig.close();
  });
});
