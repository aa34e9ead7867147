import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readVariables } from '../../src/infra/config/sources.ts';

type Service = {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly profiles?: readonly string[];
};

const read = (path: string): Promise<string> => readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const services = async (): Promise<Readonly<Record<string, Service>>> =>
  (parse(await read('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> }).services;

const exchangeMounts = (all: Readonly<Record<string, Service>>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(all)
      .map(([name, service]) => [name, service.volumes?.find((volume) => volume.startsWith('./data_exchange:'))?.slice('./data_exchange:'.length)] as const)
      .filter(([, mount]) => mount !== undefined),
  );

describe('docker compose', () => {
  it('shares the exchange folder: writable for server and worker, read-only elsewhere', async () => {
    expect(exchangeMounts(await services())).toEqual({
      server: '/app/data_exchange',
      worker: '/app/data_exchange',
      reader: '/app/data_exchange:ro',
      proxy: '/vol/data_exchange:ro',
    });
    expect((await services())['reader']?.read_only).toBe(true);
  });

  it('refuses to start without an API key, in every service that has one', async () => {
    for (const name of ['server', 'worker', 'reader', 'push']) {
      expect((await services())[name]?.environment?.['API_SECRET_KEY'], name).toMatch(/^\$\{API_SECRET_KEY:\?.+\}$/);
    }
  });

  it('runs PostgreSQL 18 and publishes nothing but the proxy, on this machine only', async () => {
    const all = await services();
    expect(all['postgres']?.image).toBe('postgres:18');
    expect(Object.fromEntries(Object.entries(all).flatMap(([name, { ports }]) => (ports === undefined ? [] : [[name, ports]])))).toEqual({
      proxy: ['127.0.0.1:8040:80'],
    });
  });

  it('sets no variable that is no setting', async () => {
    for (const service of Object.values(await services())) {
      const ours = Object.entries(service.environment ?? {}).filter(([name]) => !name.startsWith('POSTGRES_'));
      expect(() => readVariables('environment', Object.fromEntries(ours))).not.toThrow();
    }
  });

  it('has no route from the proxy to any file', async () => {
    const nginx = (await read('docker/nginx.conf')).replaceAll(/#.*$/gm, '');
    expect(nginx).not.toMatch(/\b(root|alias|autoindex|try_files|data_exchange)\b/);
    expect([...nginx.matchAll(/location\s+([^{]+)\{/g)].map(([, route]) => route?.trim())).toEqual([
      '= /graphql',
      '/api/upload',
      '/download/',
      '= /health',
      '/',
    ]);
    expect(nginx).toMatch(/location \/ \{\s*return 404;/);
  });

  it('lets files of any size through to the server, and buffers none of them', async () => {
    const [, route = ''] = /location \/api\/upload \{([^}]*)\}/.exec(await read('docker/nginx.conf')) ?? [];
    expect(route).toMatch(/client_max_body_size 0;/);
    expect(route).toMatch(/proxy_request_buffering off;/);
  });

  it('shares the inbox between server and worker, and gives the sender its two folders', async () => {
    const all = await services();
    for (const name of ['server', 'worker']) expect(all[name]?.volumes, name).toContain('./product_inbox:/app/product_inbox');
    expect(all['push']?.volumes).toEqual(['./product_outbox:/app/product_outbox', './temp_jsonl_product_storage:/app/temp_jsonl_product_storage']);
    expect(all['push']?.profiles).toEqual(['push']);
  });

  it('builds an image that does not run as root', async () => {
    const lines = (await read('Dockerfile')).split('\n');
    const user = lines.findLastIndex((line) => line.startsWith('USER '));
    expect(lines[user]).toBe('USER node');
    expect(
      lines.findLastIndex((line) => line.startsWith('FROM ')),
      'the user of the last stage',
    ).toBeLessThan(user);
    expect(lines.findIndex((line) => line.startsWith('CMD '))).toBeGreaterThan(user);
  });
});
