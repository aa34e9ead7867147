import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readVariables } from '../../src/infra/config/sources.ts';
import { loadConfig } from '../../src/infra/config.ts';
import { createSeedRig } from '../support/seed.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
const read = (path: string): Promise<string> => readFile(at(path), 'utf8');

type Container = {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
};
type StatefulSet = {
  readonly kind: string;
  readonly spec: {
    readonly serviceName: string;
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string }; readonly spec: unknown }[];
  };
};
type Compose = {
  readonly services: { readonly server: { readonly environment: Record<string, string>; readonly volumes: readonly string[] } };
  readonly volumes: Record<string, unknown>;
};

const settingsOf = async (env: Readonly<Record<string, string | undefined>>) => {
  expect(() => readVariables('environment', env)).not.toThrow();
  return (await loadConfig({ cwd: at('compose-seed'), env })).config.seed;
};

describe('examples/kubernetes', () => {
  it('is a StatefulSet with its volume at DATA_DIR_PATH, synced at start', async () => {
    const documents = parseAllDocuments(await read('kubernetes/statefulset.yaml'));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const [service, set] = documents.map((document) => document.toJS() as StatefulSet & { readonly metadata: { readonly name: string } });
    expect([service?.kind, set?.kind]).toEqual(['Service', 'StatefulSet']);
    expect(set?.spec.serviceName).toBe(service?.metadata.name);
    expect(set?.spec.volumeClaimTemplates).toMatchObject([
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } } },
    ]);
    const [container] = set?.spec.template.spec.containers ?? [];
    expect(container?.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
    const env = Object.fromEntries((container?.env ?? []).filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]));
    expect(await settingsOf(env)).toMatchObject({ from: '/var/initialdata/common', to: '/data/common', onFailure: 'stop' });
  });
});

describe('examples/compose-seed', () => {
  it('mounts its volume where DATA_DIR_PATH says and builds an image that brings the data', async () => {
    const { services, volumes } = parse(await read('compose-seed/docker-compose.yml')) as Compose;
    expect(services.server.volumes).toContain('data-volume:/data');
    expect(Object.keys(volumes)).toContain('data-volume');
    const { API_SECRET_KEY: _, WAYBILL_STORE_URL: __, ...env } = services.server.environment;
    expect(await settingsOf(env)).toMatchObject({ from: '/var/initialdata/common', to: '/data/common' });
    expect(await read('compose-seed/Dockerfile')).toMatch(/^COPY initialdata\/ \/var\/initialdata\/$/m);
  });

  it('has initial data that a sync delivers', async () => {
    const rig = await createSeedRig();
    try {
      expect(await rig.sync({ from: at('compose-seed/initialdata/common') })).toMatchObject({
        copied: ['global/colors.json', 'tables/country.csv'],
        failed: [],
      });
    } finally {
      await rig.close();
    }
  });
});
