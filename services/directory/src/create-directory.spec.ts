import { directoryEvents } from '@ringdown/contracts';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ask as askAt,
  type DirectoryProcess,
  type RestRequest,
  startDirectoryProcess,
} from './testing/directory-process.js';

describe.each(testedPostgresVersions())('a directory on Postgres %s', { timeout: 60_000 }, (version) => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;

  const ask = (method: string, path: string, request?: RestRequest) => askAt(process.url, method, path, request);
  const put = async (path: string, json: unknown): Promise<void> => {
    expect([200, 201]).toContain((await ask('PUT', path, { json })).status);
  };

  beforeAll(async () => {
    postgres = await startPostgres({ version });
    process = await startDirectoryProcess(await postgres.createDatabase());
    await put('/v1/tenants/acme', { canonicalDomain: 'acme.example' });
    await put('/v1/tenants/acme/domains/alias.example', {});
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.stop();
  });

  it('says which addresses of record a subscriber loses, with an identity or with all it had', async () => {
    const path = '/v1/tenants/acme/subscribers/alice';
    await put(path, { password: 'x', identities: ['sip:sales@alias.example', 'sip:info@acme.example'] });
    await put(path, { identities: ['sip:info@acme.example'] });
    await put(path, { identities: ['sip:info@acme.example'], displayName: 'Alice' });
    expect((await ask('DELETE', path)).status).toBe(204);
    const changes = () =>
      process.published.flatMap(({ data }) => {
        const subject = directoryEvents.decode(data)?.change?.subject;
        if (subject?.$case !== 'subscriber' || subject.value.username !== 'alice') return [];
        return [[subject.value.removed, subject.value.lost?.addressesOfRecord]];
      });
    await vi.waitFor(() => expect(changes()).toHaveLength(4), { timeout: 5_000, interval: 10 });
    expect(changes()).toEqual([
      [false, undefined],
      [false, ['sip:sales@acme.example']],
      [false, undefined],
      [true, ['sip:alice@acme.example', 'sip:info@acme.example']],
    ]);
  });

  it('takes a DELETE with a content type and nothing in it, as many clients send', async () => {
    for (const headers of [
      { 'content-type': 'application/json' },
      { 'content-type': 'application/json', 'content-length': '0' },
    ]) {
      await put('/v1/tenants/acme/subscribers/bob', { password: 'x' });
      expect((await ask('DELETE', '/v1/tenants/acme/subscribers/bob', { headers })).status).toBe(204);
    }
  });

  it('answers many lookups at once, right and each from one snapshot', async () => {
    const users = Array.from({ length: 1_500 }, (_, n) => `u${n}`);
    const csv = ['username,password', ...users.map((user) => `${user},x`)].join('\n');
    const headers = { 'content-type': 'text/csv' };
    await ask('POST', '/v1/tenants/acme/subscribers:import', { body: csv, headers });
    const { service } = process.directory;
    const asked = [...users, 'nobody', 'u0'];
    const answers = await Promise.all([
      ...asked.map((username) => service.getSubscriber({ tenantId: 'acme', username })),
      service.getSubscriber({ tenantId: 'other', username: 'u0' }),
    ]);
    expect(answers.map(({ subscriber }) => subscriber?.username)).toEqual([...users, undefined, 'u0', undefined]);
    expect(new Set(answers.map(({ position }) => position))).toEqual(
      new Set([await process.directory.store.position()]),
    );
    expect(answers[7]?.subscriber).toEqual(
      (await service.getSubscriber({ tenantId: 'acme', username: 'u7' })).subscriber,
    );
    const domains = await Promise.all(
      ['acme.example', 'nowhere.example', 'ALIAS.example'].map((domain) => service.resolveDomain({ domain })),
    );
    expect(domains.map(({ tenant }) => tenant?.tenantId)).toEqual(['acme', undefined, 'acme']);
  });

  it('counts questions and requests by operation and outcome', async () => {
    const { service } = process.directory;
    await service.getTenant({ tenantId: 'acme' });
    await expect(service.getTenant({ tenantId: 'Not.An.Id' })).rejects.toMatchObject({ code: 'invalid' });
    await ask('GET', '/v1/tenants/acme');
    await ask('GET', '/v1/tenants/nobody');
    await ask('GET', '/v1/nothing');
    await ask('GET', '/v1/tenants', { key: null });
    await ask('POST', '/v1/tenants/acme/subscribers:import', { body: 'a,b', headers: { 'content-type': 'text/csv' } });
    const text = await vi.waitFor(async () => {
      const metrics = (await ask('GET', '/metrics')).text;
      expect(metrics).toMatch(
        /rest_request_seconds_count\{operation="importSubscribers",status="422",service="directory"/,
      );
      return metrics;
    });
    for (const line of [
      'grpc_request_seconds_count{operation="GetTenant",status="ok",service="directory"',
      'grpc_request_seconds_count{operation="GetTenant",status="invalid",service="directory"',
      'grpc_request_seconds_count{operation="GetSubscriber",status="ok",service="directory"',
      'rest_request_seconds_count{operation="getTenant",status="200",service="directory"',
      'rest_request_seconds_count{operation="getTenant",status="404",service="directory"',
      'rest_request_seconds_count{operation="unknown",status="404",service="directory"',
      'rest_request_seconds_count{operation="listTenants",status="401",service="directory"',
      'import_rows_total{effect="created"',
      'overloads_total{service="directory"} 0',
    ])
      expect(text).toContain(`ringdown_directory_${line}`);
    expect(text).not.toContain('operation="unknown",status="200"');
  });
});
