import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartProblem } from '../start-problem.js';
import { type Account, firstClosedFolder } from './account.js';
import { isAlive, processStart } from './process-table.js';

/** A data directory that this process owns until `release`. */
export interface DataDirectory {
  readonly path: string;
  readonly clusterPath: string;
  release(): void;
}

/**
 * Chooses where the data lies. A directory that was asked for is taken, or refused with the reason; the default `.ringdown` in the current
 * folder gives way to one below `sharedFolder` when Postgres' account can't enter it.
 */
export function chooseDataDirectory(
  asked: string | undefined,
  account: Account | undefined,
  sharedFolder: string,
  cwd: string,
): string {
  if (asked !== undefined) {
    const path = resolve(cwd, asked);
    const closed = firstClosedFolder(path, account);
    if (closed !== undefined && closed !== path) {
      throw new StartProblem(
        `RINGDOWN_DATA_DIR=${asked}: Postgres may not run as root, so it runs as uid ${account?.uid ?? process.getuid?.()}, ` +
          `which can't enter ${closed}. Choose a directory elsewhere, or open that one with: chmod o+x ${closed}`,
      );
    }
    return path;
  }
  const path = join(cwd, '.ringdown');
  if (firstClosedFolder(cwd, account) === undefined) return path;
  const name = createHash('sha256').update(cwd).digest('hex').slice(0, 16);
  return join(sharedFolder, `data-${name}`);
}

/**
 * Makes the directory if needed and claims it for this process. Throws StartProblem naming the owner when another live process holds it.
 */
export function claimDataDirectory(path: string, account: Account | undefined): DataDirectory {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new StartProblem(
      `RINGDOWN_DATA_DIR=${path}: can't be made (${(error as Error).message}). Choose a directory that you may write.`,
    );
  }
  const ownerFile = join(path, 'owner.json');
  const owner = readOwner(ownerFile);
  if (owner !== undefined && owner.pid !== process.pid && isAlive(owner.pid, owner.startedAt)) {
    throw new StartProblem(
      `The data directory ${path} is in use by a running platform (process ${owner.pid}). ` +
        'Stop that one, or set RINGDOWN_DATA_DIR to another directory.',
    );
  }
  writeFileSync(ownerFile, JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) }), { mode: 0o644 });
  const clusterPath = join(path, 'postgres');
  if (!existsSync(clusterPath)) mkdirSync(clusterPath, { mode: 0o700 });
  chmodSync(clusterPath, 0o700);
  if (account !== undefined) chownSync(clusterPath, account.uid, account.gid);
  return { path, clusterPath, release: () => rmSync(ownerFile, { force: true }) };
}

function readOwner(file: string): { pid: number; startedAt: string } | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startedAt: string };
    return Number.isInteger(pid) ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
}
