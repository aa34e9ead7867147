import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../src/infra/postgres/embedded.ts';
import { withClient } from './table.ts';

/** Where everything happens: an embedded server, or that of WAYBILL_BENCH_URL, with databases under a prefix of this process. */
export type Cluster = {
  readonly folder: string;
  readonly isEmbedded: boolean;
  readonly role: string;
  /** As the server calls it. */
  nameOf(name: string): string;
  urlOf(name: string, user?: string): string;
  admin(...statements: readonly string[]): Promise<void>;
  /** A database, empty or as `template` has it. */
  create(name: string, template?: string): Promise<string>;
  /** One round of one job: a database of its own, as the template has it, and nothing unwritten left from before. */
  fresh(name: string, template: string): Promise<string>;
  drop(...names: readonly string[]): Promise<void>;
  /** Nothing unwritten left from before. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

export const openCluster = async (): Promise<Cluster> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  await chmod(folder, 0o755);
  const given = process.env['WAYBILL_BENCH_URL'];
  const embedded = given === undefined ? await startEmbedded({ dataDir: join(folder, 'cluster'), auth: 'trust' }) : undefined;
  const clusterUrl = given ?? embedded?.url ?? '';
  const prefix = `bench_${process.pid}`;
  const role = `${prefix}_role`;
  const created: string[] = [];
  const nameOf: Cluster['nameOf'] = (name) => `${prefix}_${name}`;
  const admin: Cluster['admin'] = async (...statements) =>
    withClient(clusterUrl, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  const urlOf: Cluster['urlOf'] = (name, user) => {
    const url = new URL(clusterUrl);
    url.pathname = `/${nameOf(name)}`;
    if (user !== undefined) url.username = user;
    return url.href;
  };
  await admin(`create role ${role} login`);
  const create: Cluster['create'] = async (name, template) => {
    await admin(`create database ${nameOf(name)}${template === undefined ? '' : ` template ${nameOf(template)} strategy file_copy`}`);
    created.push(name);
    return urlOf(name);
  };
  const drop: Cluster['drop'] = async (...names) => admin(...names.map((name) => `drop database if exists ${nameOf(name)} with (force)`));
  return {
    folder,
    isEmbedded: given === undefined,
    role,
    nameOf,
    urlOf,
    admin,
    create,
    drop,
    fresh: async (name, template) => {
      const url = await create(name, template);
      await admin('checkpoint');
      return url;
    },
    settle: () => admin('checkpoint'),
    close: async () => {
      for (const name of created.toReversed()) await drop(name).catch(() => undefined);
      await admin(`drop role if exists ${role}`).catch(() => undefined);
      await embedded?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const secondsOf = async (work: () => Promise<void>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};
