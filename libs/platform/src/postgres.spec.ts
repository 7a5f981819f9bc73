import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger, silentLogger } from './logger.js';
import { migrate } from './migrations.js';
import { Postgres } from './postgres.js';
import { brokenConstraint, classifyPostgresError } from './postgres-errors.js';
import { ServiceError } from './service-error.js';
import { eventually } from './testing/eventually.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('classifyPostgresError', () => {
  it.each([
    ['ECONNREFUSED', 'unavailable'],
    ['08006', 'unavailable'],
    ['53300', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57014', 'unavailable'],
    ['58030', 'unavailable'],
    ['25006', 'unavailable'],
    ['23505', 'conflict'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['55P03', 'conflict'],
    ['23503', 'invalid'],
    ['23514', 'invalid'],
    ['22001', 'invalid'],
    ['42P01', 'bug'],
    ['42601', 'bug'],
  ])('takes %s for %s', (code, kind) => {
    expect(classifyPostgresError(Object.assign(new Error('x'), { code }))).toBe(kind);
  });

  it.each([
    [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [new Error('timeout exceeded when trying to connect'), 'unavailable'],
    [new Error('Query read timeout'), 'unavailable'],
    [new ServiceError('unavailable', 'x'), 'unavailable'],
    [new ServiceError('invalid', 'x'), 'bug'],
    [new TypeError('x'), 'bug'],
    ['text', 'bug'],
  ])('takes %s for %s', (error, kind) => {
    expect(classifyPostgresError(error)).toBe(kind);
  });
});

it('has a Postgres to test against', () => {
  expect(testedPostgresVersions()).not.toHaveLength(0);
});

describe.each(testedPostgresVersions())('Postgres %s', (version) => {
  let server: TestPostgres;
  const opened: Postgres[] = [];

  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(async () => {
    await Promise.all(opened.map((postgres) => postgres.close()));
    await server.stop();
  });

  const open = (url: string, options: Partial<ConstructorParameters<typeof Postgres>[0]> = {}): Postgres => {
    const postgres = new Postgres({ url, service: 'test', schema: 'odd "name"', logger: silentLogger(), ...options });
    opened.push(postgres);
    return postgres;
  };

  it('runs statements in the schema of the service, under its name', async () => {
    const postgres = open(await server.createDatabase());
    await postgres.query('CREATE SCHEMA "odd ""name"""');
    await postgres.query('CREATE TABLE things (id int PRIMARY KEY)');
    const inserted = await postgres.query({ name: 'add', text: 'INSERT INTO things SELECT unnest($1::int[])' }, [
      [1, 2, 3],
    ]);
    expect(inserted.count).toBe(3);
    const { rows } = await postgres.query<{ schema: string; service: string; things: string }>(
      "SELECT current_schema() AS schema, current_setting('application_name') AS service, (SELECT count(*) FROM things) AS things",
    );
    expect(rows).toEqual([{ schema: 'odd "name"', service: 'ringdown-test', things: '3' }]);
    await expect(postgres.ready()).resolves.toBeUndefined();
  });

  it('commits a transaction, and rolls back one whose work throws', async () => {
    const postgres = open(await server.createDatabase(), { schema: 'public' });
    await postgres.query('CREATE TABLE things (id int PRIMARY KEY)');
    const add = (ids: readonly number[], fail?: Error) =>
      postgres.transaction(async (session) => {
        for (const id of ids) await session.query('INSERT INTO things VALUES ($1)', [id]);
        if (fail !== undefined) throw fail;
        return ids.length;
      });
    await expect(add([1, 2])).resolves.toBe(2);
    await expect(add([3], new Error('no'))).rejects.toThrow('no');
    const conflict = await add([4, 1]).catch((error: unknown) => error);
    expect([classifyPostgresError(conflict), brokenConstraint(conflict)]).toEqual(['conflict', 'things_pkey']);
    const { rows } = await postgres.query<{ id: number }>('SELECT id FROM things ORDER BY id');
    expect(rows.map((row) => row.id)).toEqual([1, 2]);
    expect(postgres.pool.totalCount - postgres.pool.idleCount).toBe(0);
  });

  it('cuts a statement that takes too long, and does not call that an outage', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'info',
      write: (line) => void lines.push(line),
      pretty: false,
    });
    const postgres = open(server.url, { statementTimeoutMs: 100, logger });
    await expect(postgres.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: 'unavailable' });
    expect(lines).toEqual([]);
    await expect(postgres.ready()).resolves.toBeUndefined();
  });

  it('bounds how long and how many wait for a connection; too many are no outage', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'info',
      write: (line) => void lines.push(line),
      pretty: false,
    });
    let overloads = 0;
    const postgres = open(server.url, {
      maxConnections: 1,
      maxWaiting: 1,
      connectTimeoutMs: 200,
      logger,
      overloaded: () => {
        overloads += 1;
      },
    });
    const held = postgres.query('SELECT pg_sleep(1)');
    await eventually(() => postgres.pool.totalCount === 1);
    const [waited, refused] = await Promise.allSettled([postgres.query('SELECT 1'), postgres.query('SELECT 1')]);
    expect(refused).toMatchObject({
      reason: { code: 'resource-exhausted', message: expect.stringContaining('1 requests already wait') },
    });
    expect(waited).toMatchObject({
      reason: { code: 'resource-exhausted', message: expect.stringContaining('became free in time') },
    });
    await held;
    expect([overloads, lines]).toEqual([2, []]);
  });

  it('fails fast while the server is down, says so once, and heals by itself', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'info',
      write: (line) => void lines.push(line),
      pretty: false,
    });
    const postgres = open(server.url, { logger });
    await postgres.ready();
    await server.kill9();
    for (let i = 0; i < 5; i += 1) {
      await expect(postgres.ready()).rejects.toMatchObject({
        code: 'unavailable',
        message: 'Postgres is not available',
      });
    }
    await server.restart();
    await expect(postgres.ready()).resolves.toBeUndefined();
    await eventually(() => lines.length > 1);
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'Postgres cannot be reached',
      'Postgres can be reached again',
    ]);
  });

  describe('migrate', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-migrations-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, '001_things.sql'), 'CREATE TABLE things (id int PRIMARY KEY);');
    writeFileSync(join(folder, '002_names.sql'), "ALTER TABLE things ADD COLUMN name text NOT NULL DEFAULT 'x';");

    it('applies what is pending, into the schema, once, also from replicas that start together', async () => {
      const url = await server.createDatabase();
      const options = { url, schema: 'location', dir: pathToFileURL(`${folder}/`), logger: silentLogger() };
      await expect(migrate({ ...options, count: 1 })).resolves.toEqual(['001_things']);
      const postgres = open(url, { schema: 'location' });
      await postgres.query('INSERT INTO things VALUES (1)');
      const replicas = await Promise.all([migrate(options), migrate(options), migrate({ ...options, dir: folder })]);
      expect(replicas.flat()).toEqual(['002_names']);
      await expect(postgres.query('SELECT * FROM location.things')).resolves.toEqual({
        rows: [{ id: 1, name: 'x' }],
        count: 1,
      });
    });

    it('changes nothing when one of them fails', async () => {
      const broken = mkdtempSync(join(tmpdir(), 'ringdown-migrations-'));
      writeFileSync(join(broken, '001_things.sql'), 'CREATE TABLE things (id int);');
      writeFileSync(join(broken, '002_wrong.sql'), 'ALTER TABLE nothing ADD COLUMN x int;');
      const url = await server.createDatabase();
      await expect(migrate({ url, schema: 'location', dir: broken, logger: silentLogger() })).rejects.toThrow(
        'nothing',
      );
      const { rows } = await open(url).query("SELECT to_regclass('location.things') AS things");
      expect(rows).toEqual([{ things: null }]);
      rmSync(broken, { recursive: true });
    });

    it('says when Postgres is not there', async () => {
      const options = {
        url: 'postgres://u:hunter2@127.0.0.1:1/x',
        schema: 'location',
        dir: folder,
        logger: silentLogger(),
      };
      const error = await migrate(options).catch((failure: unknown) => failure);
      expect(error).toMatchObject({
        code: 'unavailable',
        message:
          'Postgres at 127.0.0.1:1 cannot be used: nothing listens there. RINGDOWN_POSTGRES_URL says where Postgres is.',
      });
    });

    it('names the setting, never the password, when Postgres has no such database', async () => {
      const { host } = new URL(server.url);
      const url = server.url
        .replace(/[^/]*$/, 'no_such_database')
        .replace(/:\/\/([^:@/]*)(:[^@]*)?@/, '://$1:hunter2@');
      const error = await migrate({ url, schema: 'location', dir: folder, logger: silentLogger() }).catch(
        (failure: unknown) => failure,
      );
      expect(error).toMatchObject({
        code: 'invalid',
        message: `Postgres at ${host} cannot be used: it has no such database. RINGDOWN_POSTGRES_URL says where Postgres is.`,
      });
    });
  });
});
