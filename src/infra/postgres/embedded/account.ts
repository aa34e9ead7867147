import { constants } from 'node:fs';
import { access, chmod, chown, lstat, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../../../domain/refusal.ts';

/**
 * PostgreSQL refuses to run as root, so root starts it as `nobody` (or as whoever owns the cluster already). A uid that
 * has no line in the password file will not do: postgres looks itself up.
 */
export type Account = { readonly uid: number; readonly gid: number };

export const isRoot = (): boolean => process.getuid?.() === 0;

const nobody = async (): Promise<Account> => {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  const fields = lines.find((line) => line.startsWith('nobody:'))?.split(':');
  if (fields === undefined)
    throw new Fault(
      'EMBEDDED_NO_ACCOUNT',
      'PostgreSQL cannot run as root and this system has no user "nobody". Run Waybill as an ordinary user, or set WAYBILL_STORE_URL.',
    );
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
};

/** The account that the cluster runs under, or undefined where that is simply ours. */
export const clusterAccount = async (cluster: string): Promise<Account | undefined> => {
  const owner = await stat(cluster).catch(() => undefined);
  if (!isRoot()) {
    if (owner !== undefined && owner.uid !== process.getuid?.() && process.platform !== 'win32') {
      throw new Fault(
        'EMBEDDED_FOREIGN_CLUSTER',
        `The database folder ${cluster} belongs to another user (uid ${owner.uid}). Run Waybill as that user, or set WAYBILL_DATA_DIR to a folder of your own.`,
      );
    }
    return undefined;
  }
  return owner !== undefined && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
};

/** The first folder on the way to `path` that others may not pass, if any. Folders that do not exist yet are ours to make. */
export const firstClosedFolder = async (path: string, account: Account): Promise<string | undefined> => {
  const folders: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of folders) {
    const entry = await stat(folder).catch(() => undefined);
    if (entry === undefined) return undefined;
    const mayPass = entry.uid === account.uid ? entry.mode & 0o100 : entry.gid === account.gid ? entry.mode & 0o010 : entry.mode & 0o001;
    if (entry.isDirectory() && mayPass === 0) return folder;
  }
  return undefined;
};

/** Whether an embedded server could live below this folder. Always for an ordinary user's own folders. */
export const canHoldCluster = async (folder: string): Promise<boolean> => !isRoot() || (await firstClosedFolder(folder, await nobody())) === undefined;

/** Makes the folder, passable for the server's account, and says which parent is closed where it is not. */
export const preparePassableFolder = async (folder: string, account: Account | undefined): Promise<void> => {
  const existed = await access(folder, constants.F_OK).then(
    () => true,
    () => false,
  );
  await mkdir(folder, { recursive: true });
  if (account === undefined) return;
  if (!existed) await chmod(folder, 0o755);
  const closed = await firstClosedFolder(folder, account);
  if (closed === undefined) return;
  throw new Fault(
    'EMBEDDED_FOLDER_CLOSED',
    `PostgreSQL runs as uid ${account.uid}, which may not pass ${closed}. Set WAYBILL_DATA_DIR to a folder whose parents are open (for example /var/lib/waybill), or run Waybill as an ordinary user.`,
  );
};

export const giveTo = async (path: string, account: Account | undefined): Promise<void> => {
  if (account === undefined) return;
  const entry = await lstat(path);
  if (entry.isDirectory()) for (const name of await readdir(path)) await giveTo(join(path, name), account);
  if (!entry.isSymbolicLink()) await chown(path, account.uid, account.gid);
};
