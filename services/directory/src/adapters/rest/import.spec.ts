import { setImmediate } from 'node:timers/promises';
import { computeHa1 } from '@ringdown/sip-auth';
import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTenantId } from '../../domain/tenant-id.js';
import type { Username } from '../../domain/username.js';
import { ask, type DirectoryProcess, type RestAnswer, startDirectoryProcess } from '../../testing/directory-process.js';

const noHeading = { line: 1, detail: 'is not the heading; the first line must be username,password' };

describe('the import of subscribers', () => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;
  let tenants = 0;

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    process = await startDirectoryProcess(await postgres.createDatabase());
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.stop();
  });

  async function newTenant(): Promise<string> {
    tenants += 1;
    const tenant = `t${tenants}`;
    await ask(process.url, 'PUT', `/v1/tenants/${tenant}`, { json: { canonicalDomain: `${tenant}.example` } });
    return tenant;
  }

  function importCsv(
    tenant: string,
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>,
  ): Promise<RestAnswer> {
    const headers = { 'content-type': 'text/csv; charset=utf-8' };
    return ask(process.url, 'POST', `/v1/tenants/${tenant}/subscribers:import`, { body, headers });
  }

  async function usernames(tenant: string): Promise<string[]> {
    const page = await ask(process.url, 'GET', `/v1/tenants/${tenant}/subscribers?limit=1000`);
    return (page.json['items'] as { username: string }[]).map(({ username }) => username);
  }

  async function credentials(tenant: string, username: string) {
    const id = parseTenantId(tenant);
    if (!id.ok) throw new Error(id.detail);
    return (await process.directory.store.subscriber(id.value, username as Username)).value;
  }

  it.each([
    ['plain lines', 'username,password\nalice,secret-1\nbob,secret-2\n'],
    ['a heading in capitals', 'Username,PASSWORD\nalice,secret-1\nbob,secret-2\n'],
    ['CRLF and no last line end', 'username,password\r\nalice,secret-1\r\nbob,secret-2'],
    ['a byte order mark and quotes', '\ufeffusername,password\n"alice","secret-1"\nbob,"secret-2"\n'],
    ['a quoted heading', '"username","password"\nalice,secret-1\nbob,secret-2\n'],
    ['empty lines', '\nusername,password\n\nalice,secret-1\n\n\nbob,secret-2\n\n'],
  ])('takes %s', async (_name, csv) => {
    const tenant = await newTenant();
    const imported = await importCsv(tenant, csv);
    expect([imported.status, imported.json]).toEqual([200, { created: 2, updated: 0, unchanged: 0 }]);
    expect(await usernames(tenant)).toEqual(['alice', 'bob']);
    expect((await credentials(tenant, 'bob'))?.ha1s).toEqual({
      md5: computeHa1('MD5', 'bob', `${tenant}.example`, 'secret-2'),
      sha256: computeHa1('SHA-256', 'bob', `${tenant}.example`, 'secret-2'),
      sha512256: computeHa1('SHA-512-256', 'bob', `${tenant}.example`, 'secret-2'),
    });
  });

  it('keeps spaces, commas, quotes and other alphabets of a password', async () => {
    const tenant = await newTenant();
    const imported = await importCsv(tenant, 'username,password\nalice," a,""b"" "\nbob,пароль\n');
    expect(imported.status).toBe(200);
    expect((await credentials(tenant, 'alice'))?.ha1s.md5).toBe(
      computeHa1('MD5', 'alice', `${tenant}.example`, ' a,"b" '),
    );
    expect((await credentials(tenant, 'bob'))?.ha1s.md5).toBe(computeHa1('MD5', 'bob', `${tenant}.example`, 'пароль'));
  });

  it('replaces the password of those who exist and keeps the rest, in one commit with one event', async () => {
    const tenant = await newTenant();
    const alice = `/v1/tenants/${tenant}/subscribers/alice`;
    await ask(process.url, 'PUT', alice, { json: { password: 'old', displayName: 'Alice', enabled: false } });
    await ask(process.url, 'PUT', `/v1/tenants/${tenant}/subscribers/bob`, { json: { password: 'same' } });
    const before = await process.directory.store.position();
    const imported = await importCsv(tenant, 'username,password\nalice,new\nbob,same\ncarol,first\n');
    expect(imported.json).toEqual({ created: 1, updated: 1, unchanged: 1 });
    expect((await ask(process.url, 'GET', alice)).json).toMatchObject({
      displayName: 'Alice',
      enabled: false,
      version: before + 1,
    });
    expect((await credentials(tenant, 'alice'))?.ha1s.md5).toBe(computeHa1('MD5', 'alice', `${tenant}.example`, 'new'));
    expect(await process.directory.store.changesAfter(before, 10)).toEqual([
      { tenantId: tenant, position: before + 1, subject: { kind: 'subscribers', count: 2 } },
    ]);
    expect((await importCsv(tenant, 'username,password\nalice,new\nbob,same\n')).json).toEqual({
      created: 0,
      updated: 0,
      unchanged: 2,
    });
    expect(await process.directory.store.position()).toBe(before + 1);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, object[]]>([
    [
      'a missing password on line 3',
      'username,password\nalice,x\nbob\ncarol,y\n',
      [{ line: 3, detail: expect.stringMatching(/1 fields instead of the two/) }],
    ],
    ['an empty password', 'username,password\nalice,\n', [{ line: 2, field: 'password', detail: 'is missing' }]],
    ['an empty username', 'username,password\n,x\n', [{ line: 2, field: 'username', detail: 'is missing' }]],
    ['a third field', 'username,password\nalice,x,y\n', [{ line: 2, detail: expect.stringMatching(/3 fields/) }]],
    [
      'a username with a colon',
      'username,password\na:b,x\n',
      [{ line: 2, field: 'username', detail: expect.stringMatching(/may contain only/) }],
    ],
    [
      'the same username twice',
      'username,password\nalice,x\n\nbob,y\nalice,z\n',
      [{ line: 5, field: 'username', detail: 'alice is already on line 2' }],
    ],
    [
      'a quote in the middle',
      'username,password\nalice,x\nbob,y"z\ncarol,w\n',
      [{ line: 3, detail: expect.stringMatching(/quote in the wrong place/) }],
    ],
    [
      'a quote that stays open',
      'username,password\nalice,x\nbob,"yz\ncarol,w\n',
      [{ line: expect.any(Number), detail: expect.stringMatching(/never closed/) }],
    ],
    [
      'bytes that are no UTF-8',
      Uint8Array.from([...new TextEncoder().encode('username,password\na,'), 0xff, 0xfe, 0x0a]),
      [{ line: 2, field: 'password', detail: expect.stringMatching(/UTF-8/) }],
    ],
    [
      'several bad lines',
      'username,password\na b,x\nalice,ok\nbob,\nc d,y\n',
      [
        expect.objectContaining({ line: 2 }),
        expect.objectContaining({ line: 4 }),
        expect.objectContaining({ line: 5 }),
      ],
    ],
    ['another heading', 'user,pass\nalice,x\nbob,\n', [noHeading]],
    ['the columns the other way round', 'password,username\nx,alice\n', [noHeading]],
    ['a heading of three', 'username,password,name\nalice,x,Alice\n', [noHeading]],
    ['a heading with semicolons', 'username;password\nalice;x\n', [noHeading]],
    ['no heading', 'alice,secret-1\nbob,secret-2\n', [noHeading]],
    ['a heading that is no CSV', 'username,pass"word\nalice,x\n', [noHeading]],
    ['nothing at all', '', [{ line: 1, detail: 'is missing; the first line must be username,password' }]],
  ])('imports nothing with %s, and says where', async (_name, csv, errors) => {
    const tenant = await newTenant();
    await ask(process.url, 'PUT', `/v1/tenants/${tenant}/subscribers/zoe`, { json: { password: 'x' } });
    const refused = await importCsv(tenant, csv);
    expect(refused.status).toBe(422);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.json['errors']).toEqual(errors);
    expect(refused.json['errorCount']).toBe(errors.length);
    expect(refused.json['detail']).toMatch(/Nothing was imported/);
    expect(await usernames(tenant)).toEqual(['zoe']);
  });

  it('names the first hundred bad lines and counts them all', async () => {
    const tenant = await newTenant();
    const refused = await importCsv(tenant, `username,password\n${'bad name,x\n'.repeat(5000)}`);
    expect(refused.json['errorCount']).toBe(5000);
    const lines = (refused.json['errors'] as { line: number }[]).map(({ line }) => line);
    expect(lines).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  });

  it('takes a heading alone for no lines', async () => {
    const imported = await importCsv(await newTenant(), 'username,password\n');
    expect([imported.status, imported.json]).toEqual([200, { created: 0, updated: 0, unchanged: 0 }]);
  });

  it('counts the lines that were committed', async () => {
    const tenant = await newTenant();
    const counted = async (effect: string) => {
      const { values } = await process.context.metrics.getSingleMetric('ringdown_directory_import_rows_total')!.get();
      return values.find(({ labels }) => labels['effect'] === effect)?.value ?? 0;
    };
    const before = [await counted('created'), await counted('updated'), await counted('unchanged')];
    await importCsv(tenant, 'username,password\nalice,x\nbob,y\n');
    await importCsv(tenant, 'username,password\nalice,z\nbob,y\n');
    await importCsv(tenant, 'username,password\ncarol,\n');
    const after = [await counted('created'), await counted('updated'), await counted('unchanged')];
    expect(after.map((count, i) => count - before[i]!)).toEqual([2, 1, 1]);
  });

  it.each([
    ['application/json', 'a,b'],
    ['text/plain', 'a,b'],
  ])('refuses %s', async (contentType, body) => {
    const tenant = await newTenant();
    const path = `/v1/tenants/${tenant}/subscribers:import`;
    const refused = await ask(process.url, 'POST', path, { body, headers: { 'content-type': contentType } });
    expect([400, 415]).toContain(refused.status);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuses too many lines, too many bytes and an unknown tenant without reading on', async () => {
    const tenant = await newTenant();
    const tooLong = await importCsv(
      tenant,
      `username,password\n${Array.from({ length: 250_000 }, (_, index) => `u${index},x`).join('\n')}`,
    );
    expect([tooLong.status, tooLong.json['detail']]).toEqual([413, expect.stringMatching(/250000 lines/)]);
    const tooLarge = await importCsv(tenant, `username,password\nalice,x\n${'\n'.repeat(33 * 1024 * 1024)}`);
    expect([tooLarge.status, tooLarge.json['detail']]).toEqual([413, expect.stringMatching(/32 MiB/)]);
    const noTenant = await importCsv('nobody', Array.from({ length: 200_000 }, (_, index) => `u${index},x`).join('\n'));
    expect(noTenant.status).toBe(404);
    expect(await usernames(tenant)).toEqual([]);
  }, 60_000);

  it('imports nothing of a file that is cut off', async () => {
    const tenant = await newTenant();
    let sent = 0;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        sent += 1;
        if (sent > 5) controller.error(new Error('the sender went away'));
        else controller.enqueue(new TextEncoder().encode(sent === 1 ? 'username,password\n' : `user-${sent},x\n`));
      },
    });
    await expect(importCsv(tenant, body)).rejects.toThrow('fetch failed');
    // The next import comes after the first has been given up; two that hung would leave no room for it.
    for (const name of ['one', 'two', 'three'])
      expect((await importCsv(tenant, `username,password\n${name},x\n`)).status).toBe(200);
    expect(await usernames(tenant)).toEqual(['one', 'three', 'two']);
  });

  it('writes 100,000 lines in well under a minute while the process goes on answering', async () => {
    const tenant = await newTenant();
    const rows = Array.from({ length: 100_000 }, (_, index) => `user-${index},password-${index}`);
    const csv = ['username,password', ...rows].join('\n');
    let slowestMs = 0;
    const startedMs = performance.now();
    const importing = importCsv(tenant, csv);
    let state: 'running' | 'ended' = 'running';
    do {
      const askedMs = performance.now();
      expect((await ask(process.url, 'GET', '/healthz')).status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - askedMs);
      state = await Promise.race([importing.then(() => 'ended' as const), setImmediate('running' as const)]);
    } while (state === 'running');
    const imported = await importing;
    const tookMs = performance.now() - startedMs;
    expect([imported.status, imported.json]).toEqual([200, { created: 100_000, updated: 0, unchanged: 0 }]);
    expect(tookMs).toBeLessThan(60_000);
    expect(slowestMs).toBeLessThan(1_000);
    expect((await credentials(tenant, 'user-99999'))?.ha1s.sha256).toBe(
      computeHa1('SHA-256', 'user-99999', `${tenant}.example`, 'password-99999'),
    );
  }, 120_000);
});
