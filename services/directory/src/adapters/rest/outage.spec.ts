import { createLogger } from '@ringdown/platform';
import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, type DirectoryProcess, startDirectoryProcess } from '../../testing/directory-process.js';

describe('the REST API without Postgres', () => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;
  const logged: { level: string; message: string }[] = [];

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    process = await startDirectoryProcess(await postgres.createDatabase(), {
      logger: createLogger({
        service: 'test',
        level: 'info',
        pretty: false,
        write: (line) => void logged.push(JSON.parse(line)),
      }),
    });
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.stop();
  });

  it('answers 503 with Retry-After, says so in /readyz, and heals by itself', async () => {
    const tenant = { json: { canonicalDomain: 'acme.example' } };
    expect((await ask(process.url, 'PUT', '/v1/tenants/acme', tenant)).status).toBe(201);
    await postgres.kill9();
    const asked = [
      ['GET', '/v1/tenants', {}],
      ['GET', '/v1/tenants/acme', {}],
      ['PUT', '/v1/tenants/acme', { json: { canonicalDomain: 'acme.example', enabled: false } }],
      ['DELETE', '/v1/tenants/acme', {}],
      ['POST', '/v1/tenants/acme/subscribers:import', { body: 'a,b', headers: { 'content-type': 'text/csv' } }],
    ] as const;
    for (const [method, path, request] of asked) {
      const answer = await ask(process.url, method, path, request);
      expect([method, path, answer.status, answer.headers.get('retry-after')]).toEqual([method, path, 503, '2']);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|stack/);
    }
    await expect(process.directory.service.resolveDomain({ domain: 'acme.example' })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect((await ask(process.url, 'GET', '/healthz')).status).toBe(200);
    expect((await ask(process.url, 'GET', '/readyz')).status).toBe(503);
    // What needs no database is there.
    expect((await ask(process.url, 'GET', '/docs', { key: null })).status).toBe(200);
    await postgres.restart();
    await vi.waitFor(
      async () => expect((await ask(process.url, 'GET', '/v1/tenants/acme')).json).toMatchObject({ enabled: true }),
      {
        timeout: 20_000,
        interval: 100,
      },
    );
    // Once, however much is asked meanwhile.
    const errors = logged.filter(({ level }) => level !== 'info').map(({ message }) => message);
    expect(errors).toEqual(['Postgres cannot be reached']);
    await vi.waitFor(() => expect(logged.map(({ message }) => message)).toContain('Postgres can be reached again'), {
      timeout: 5_000,
      interval: 20,
    });
  }, 60_000);
});
