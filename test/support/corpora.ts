import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isData, scriptParts, type ScriptPart } from './sql-script.ts';

/** Sample databases that lie beside the checkout; tests that need them skip, and say so, where they are absent. */
const corporaFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../shared/corpora');

/** Why a test on the corpora is skipped; undefined when they are there. */
export const corporaMissing = (): string | undefined => (existsSync(corporaFolder) ? undefined : 'skipped: ../shared/corpora is not on this machine');

/** `chinook`, `sakila`, ...: every `db-*` folder. */
export const corporaDatabases = (): readonly string[] =>
  corporaMissing() === undefined
    ? readdirSync(corporaFolder)
        .filter((name) => name.startsWith('db-'))
        .map((name) => name.slice('db-'.length))
        .toSorted()
    : [];

export const corporaPath = (...names: readonly string[]): string => join(corporaFolder, ...names);

/** The hashes that the corpora recorded, as `dbhash.sh` prints them. */
export const recordedHashes = (name: string): string => readFileSync(corporaPath(`db-${name}`, `${name}.dbhash.tsv`), 'utf8');

const readScript = (name: string): readonly ScriptPart[] => {
  const plain = corporaPath(`db-${name}`, `${name}.sql`);
  return scriptParts(existsSync(plain) ? readFileSync(plain, 'utf8') : gunzipSync(readFileSync(`${plain}.gz`)).toString('utf8'));
};

/** Loads a corpora database, whole or its schema only, as the role of the URL. */
export const loadCorpora = async (name: string, url: string, what: 'whole' | 'schema'): Promise<void> => {
  const parts = readScript(name);
  await runScript(url, what === 'whole' ? parts : parts.filter((part) => !isData(part)));
};

export const runScript = async (url: string, parts: readonly ScriptPart[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'script' });
  await client.connect();
  try {
    await client.query('set client_min_messages = error; set synchronous_commit = off');
    for (const part of parts) {
      if (part.kind === 'statement') await client.query(part.text);
      else await pipeline(Readable.from([Buffer.from(part.data)]), client.query(copyFrom(part.text)));
    }
  } finally {
    await client.end();
  }
};

/** Extensions that a schema needs and only a superuser may create: `create extension` statements of the script. */
export const corporaExtensions = (name: string): readonly string[] =>
  readScript(name).flatMap(({ text }) => [...text.matchAll(/^create extension if not exists (\w+)/gi)].flatMap(([, extension]) => extension ?? []));
