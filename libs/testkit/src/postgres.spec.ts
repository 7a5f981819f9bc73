import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPostgres, type TestPostgres, testedPostgresVersions } from './postgres.js';

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

describe.each(testedPostgresVersions())('a test server of Postgres %s', (version) => {
  let server: TestPostgres | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('starts, and leaves nothing', async () => {
    server = await startPostgres({ version });
    const [row] = await rows(server.url, 'show server_version');
    expect(row?.['server_version']).toMatch(new RegExp(`^${version}\\.`));
    const { pid } = server;
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });

  it('keeps what was committed through SIGKILL and a restart, on the same port', async () => {
    server = await startPostgres({ version });
    const url = await server.createDatabase();
    await rows(url, 'create table kept (value int); insert into kept values (7)');
    const { pid } = server;
    await server.kill9();
    expect(isAlive(pid)).toBe(false);
    await expect(rows(url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await rows(url, 'select value from kept')).toEqual([{ value: 7 }]);
    expect(server.pid).not.toBe(pid);
  });
});

describe('a test run that is killed', () => {
  it('takes its Postgres with it', async () => {
    const module = fileURLToPath(new URL('./postgres.ts', import.meta.url));
    const program = `const { startPostgres } = await import(${JSON.stringify(module)});
      const server = await startPostgres({ version: '18' });
      process.stdout.write(server.pid + '\\n'); setInterval(() => {}, 1000);`;
    const resolution = [
      '--conditions=@ringdown/source',
      '--import',
      `data:text/javascript,${encodeURIComponent(HOOK)}`,
    ];
    const run: ChildProcess = spawn(process.execPath, [...resolution, '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = run.stdout;
    if (output === null) throw new Error('no output to read');
    const pid = await new Promise<number>((resolve, reject) => {
      run.once('exit', (code) => reject(new Error(`ended with ${String(code)} before Postgres ran`)));
      createInterface({ input: output }).once('line', (line) => resolve(Number(line)));
    });
    const wasAlive = isAlive(pid);
    run.kill('SIGKILL');
    expect(wasAlive).toBe(true);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});

/** Node strips the types of a source file, but looks for the `.js` that its imports name. */
const HOOK = `import { registerHooks } from 'node:module';
registerHooks({ resolve(specifier, context, next) {
  try { return next(specifier, context); } catch (error) {
    if (!specifier.endsWith('.js')) throw error;
    return next(specifier.slice(0, -3) + '.ts', context);
  }
} });`;
