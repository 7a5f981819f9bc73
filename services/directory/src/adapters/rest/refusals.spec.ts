import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask as askAt,
  type DirectoryProcess,
  type RestRequest,
  startDirectoryProcess,
} from '../../testing/directory-process.js';
import { operations } from './rest-api.js';

describe('what the REST API refuses', () => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    process = await startDirectoryProcess(await postgres.createDatabase());
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.stop();
  });

  const ask = (method: string, path: string, request?: RestRequest) => askAt(process.url, method, path, request);

  describe('what is asked wrongly', () => {
    it.each([
      ['no key', null, 'Bearer realm="ringdown"'],
      ['a wrong key', 'wrong', 'Bearer realm="ringdown", error="invalid_token"'],
    ])('is 401 with %s, whatever is asked for', async (_name, key, challenge) => {
      for (const [method, path] of [
        ['GET', '/v1/tenants'],
        ['PUT', '/v1/tenants/x'],
        ['GET', '/v1/nothing'],
        ['GET', '/v1'],
      ] as const) {
        const refused = await ask(method, path, { key, ...(method === 'PUT' ? { body: '{' } : {}) });
        expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, challenge]);
        expect(refused.headers.get('content-type')).toContain('application/problem+json');
      }
    });

    it.each([
      ['an unknown path', 'GET', '/v1/nothing', {}, 404],
      ['an unknown path elsewhere', 'GET', '/nothing', {}, 404],
      [
        'malformed JSON',
        'PUT',
        '/v1/tenants/x',
        { body: '{"a":', headers: { 'content-type': 'application/json' } },
        400,
      ],
      [
        'JSON that would poison',
        'PUT',
        '/v1/tenants/x',
        { body: '{"__proto__":{}}', headers: { 'content-type': 'application/json' } },
        400,
      ],
      ['an empty body', 'PUT', '/v1/tenants/x', { body: '', headers: { 'content-type': 'application/json' } }, 400],
      ['no body', 'PUT', '/v1/tenants/x', {}, 415],
      ['XML', 'PUT', '/v1/tenants/x', { body: '<a/>', headers: { 'content-type': 'application/xml' } }, 415],
      ['a text', 'PUT', '/v1/tenants/x', { body: 'a', headers: { 'content-type': 'text/plain' } }, 415],
      [
        'a form',
        'PUT',
        '/v1/tenants/x',
        { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        415,
      ],
      ['CSV', 'PUT', '/v1/tenants/x', { body: 'a,b', headers: { 'content-type': 'text/csv' } }, 415],
      [
        'too much',
        'PUT',
        '/v1/tenants/x',
        { body: ' '.repeat(2 ** 21), headers: { 'content-type': 'application/json' } },
        413,
      ],
      ['a tenant id that is none', 'GET', '/v1/tenants/Not.An.Id', {}, 400],
      ['a malformed escape', 'GET', '/v1/tenants/%zz', {}, 400],
      [
        'a PUT with a content type and no body',
        'PUT',
        '/v1/tenants/x',
        { headers: { 'content-type': 'application/json' } },
        400,
      ],
    ] as const)('is problem+json with %s', async (_name, method, path, request, status) => {
      const refused = await ask(method, path, request);
      expect(refused.status).toBe(status);
      expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(refused.json).toMatchObject({ type: 'about:blank', status });
      expect((refused.json['detail'] as string).length).toBeGreaterThan(10);
    });

    it('is 405 with the methods there are', async () => {
      const refused = await ask('POST', '/v1/tenants/acme', { json: {} });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE']);
    });
  });

  it('finds nothing below tenants that do not exist', async () => {
    for (const { method, path } of operations.filter(({ path }) => path.startsWith('/v1/tenants/{tenantId}'))) {
      const asked = path
        .replace('{tenantId}', 'nobody')
        .replace('{domain}', 'x.example')
        .replace('{e164}', '+4930')
        .replace(/\{\w+\}/, 'x');
      const bodies: Record<string, RestRequest> = {
        '/v1/tenants/{tenantId}/subscribers/{username}': { json: { password: 'x' } },
        '/v1/tenants/{tenantId}/routes/{routeId}': {
          json: { match: { kind: 'domain', domain: '*' }, action: { kind: 'session', service: 's' } },
        },
        '/v1/tenants/{tenantId}/subscribers:import': { body: 'a,b', headers: { 'content-type': 'text/csv' } },
      };
      if (method === 'PUT' && path === '/v1/tenants/{tenantId}') continue;
      const answer = await ask(method, asked, method === 'GET' || method === 'DELETE' ? {} : (bodies[path] ?? {}));
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  });

  it('leaves the process its own pages', async () => {
    expect((await ask('GET', '/healthz', { key: null })).status).toBe(200);
    expect((await ask('GET', '/readyz', { key: null })).json).toMatchObject({ ready: true });
  });
});
