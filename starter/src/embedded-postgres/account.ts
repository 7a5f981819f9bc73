import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The account that Postgres runs under; it refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`/`nogroup` on Debian, and present on every Linux. */
const unprivileged: Account = { uid: 65534, gid: 65534 };

/** Returns the account to drop to, or undefined where the process may run Postgres itself. */
export function postgresAccount(uid: number = process.getuid?.() ?? -1): Account | undefined {
  return uid === 0 ? unprivileged : undefined;
}

/**
 * Returns the first folder on the way to `path` that the account may not enter, or undefined when it may enter all of them.
 * Folders that don't exist yet are passed over: they are made later, enterable.
 */
export function firstClosedFolder(path: string, account: Account | undefined): string | undefined {
  const folders: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return folders.find((folder) => !mayEnter(folder, account));
}

function mayEnter(folder: string, account: Account | undefined): boolean {
  if (account === undefined) {
    try {
      accessSync(folder, constants.X_OK);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  }
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (stat.uid === account.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === account.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}
