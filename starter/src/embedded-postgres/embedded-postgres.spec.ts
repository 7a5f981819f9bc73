import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { StartProblem } from '../start-problem.js';
import { firstClosedFolder, postgresAccount } from './account.js';
import { locateBinaries } from './binaries.js';
import { chooseDataDirectory, claimDataDirectory } from './data-directory.js';
import { endLeftoverPostgres } from './leftover.js';
import { startPostgres } from './postmaster.js';
import { isAlive, processStart } from './process-table.js';

const scratch = mkdtempSync(join(tmpdir(), 'ringdown-spec-'));
chmodSync(scratch, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const account = postgresAccount();

describe('choosing a data directory', () => {
  const closed = join(scratch, 'closed');
  mkdirSync(join(closed, 'checkout'), { recursive: true });
  chmodSync(closed, 0o700);
  const dropped = { uid: 65534, gid: 65534 };

  it.each([
    {
      name: 'the default lies in the current folder',
      asked: undefined,
      cwd: scratch,
      path: join(scratch, '.ringdown'),
    },
    { name: 'a relative one lies below the current folder', asked: 'data', cwd: scratch, path: join(scratch, 'data') },
  ])('$name', ({ asked, cwd, path }) => {
    expect(chooseDataDirectory(asked, dropped, '/shared', cwd)).toBe(path);
  });

  it('the default gives way to a shared folder below a closed one', () => {
    expect(firstClosedFolder(join(closed, 'checkout'), dropped)).toBe(closed);
    expect(chooseDataDirectory(undefined, dropped, '/shared', join(closed, 'checkout'))).toMatch(
      /^\/shared\/data-[0-9a-f]{16}$/,
    );
  });

  it('a chosen one below a closed folder is refused, naming the variable and the folder', () => {
    expect(() => chooseDataDirectory(join(closed, 'data'), dropped, '/shared', scratch)).toThrow(StartProblem);
    expect(() => chooseDataDirectory(join(closed, 'data'), dropped, '/shared', scratch)).toThrow(
      new RegExp(`RINGDOWN_DATA_DIR=.*uid 65534.*${closed}`),
    );
  });
});

describe('claiming a data directory', () => {
  it('is refused while another live process owns it, and free once that one is gone', async () => {
    const path = join(scratch, 'claimed');
    const owner = spawn('sleep', ['60'], { stdio: 'ignore' });
    const pid = owner.pid as number;
    mkdirSync(path);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(path, 'owner.json'), JSON.stringify({ pid, startedAt: processStart(pid) }));
    expect(() => claimDataDirectory(path, account)).toThrow(new RegExp(`process ${pid}`));
    const gone = new Promise((resolve) => owner.once('exit', resolve));
    owner.kill('SIGKILL');
    await gone;
    const claimed = claimDataDirectory(path, account);
    expect(JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    claimed.release();
  });
});

describe('the embedded Postgres', () => {
  it('starts, keeps its data over a restart, comes back after a kill, and ends one that was left over', {
    timeout: 60_000,
  }, async () => {
    const directory = claimDataDirectory(join(scratch, 'cluster'), account);
    const binaries = locateBinaries(account, join(scratch, 'shared'));
    const deaths: string[] = [];
    const options = {
      binaries,
      clusterPath: directory.clusterPath,
      account,
      died: (message: string) => deaths.push(message),
    };
    const first = await startPostgres(options);
    await query(first.url, 'create table kept (n int)');
    await query(first.url, 'insert into kept values (7)');

    const killed = first.pid as number;
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => answers(first.url), { timeout: 20_000 }).toBe(true);
    expect(deaths).toHaveLength(1);
    expect(await query(first.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await first.stop();

    const second = await startPostgres(options);
    const left = second.pid as number;
    // What a platform leaves that is killed before it can stop Postgres: here this process stands for the next start.
    expect(await endLeftoverPostgres(directory.clusterPath)).toBe(left);
    expect(isAlive(left)).toBe(false);
    await second.stop();
    expect(await endLeftoverPostgres(directory.clusterPath)).toBeUndefined();
    directory.release();
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}
