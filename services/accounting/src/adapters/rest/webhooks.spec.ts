import type { Postgres } from '@ringdown/platform';
import {
  ask as askAt,
  type RestRequest,
  startPostgres,
  type TestPostgres,
  testedPostgresVersions,
} from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RestProcess, startRestProcess } from '../../testing/rest-process.js';
import { openAccountingDatabase } from '../../testing/stored-records.js';

const secret = `whsec_${Buffer.from('a secret of twenty-four.').toString('base64')}`;
const other = `whsec_${Buffer.from('one more of twenty-four.').toString('base64')}`;
const url = 'https://billing.example.com/calls';

describe.each(testedPostgresVersions())('the REST API of webhooks on Postgres %s', { timeout: 30_000 }, (version) => {
  let server: TestPostgres;
  let postgres: Postgres;
  let process: RestProcess;

  beforeAll(async () => {
    server = await startPostgres({ version });
    postgres = await openAccountingDatabase(await server.createDatabase());
    process = await startRestProcess(postgres);
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.close();
    await server?.stop();
  });

  const ask = (method: string, path: string, json?: RestRequest['json']) =>
    askAt(process.url, method, `/v1/tenants/${path}`, json === undefined ? {} : { json });
  const put = (path: string, json: RestRequest['json']) => ask('PUT', path, json);

  it('creates one with its defaults, and gives its secret to nobody', async () => {
    const created = await put('acme/webhooks/billing', { url: 'https://Billing.Example.com/calls', secret });
    expect([created.status, created.headers.get('location')]).toEqual([201, '/v1/tenants/acme/webhooks/billing']);
    expect(created.json).toEqual({
      tenantId: 'acme',
      name: 'billing',
      url,
      events: ['call-record.answered', 'call-record.unanswered'],
      enabled: true,
      state: 'active',
      pendingMessages: 0,
      parkedMessages: 0,
      failingSince: null,
      nextAttemptAt: null,
      lastDeliveredAt: null,
      lastFailure: null,
      createdAt: expect.any(String),
      updatedAt: created.json['createdAt'],
    });
    const read = await ask('GET', 'acme/webhooks/billing');
    expect(read.json).toEqual(created.json);
    expect((await ask('GET', 'acme/webhooks')).json).toEqual({ items: [created.json], next: null });
  });

  it('changes nothing the second time', async () => {
    const before = (await ask('GET', 'acme/webhooks/billing')).json;
    for (const body of [{ url }, { url, secret }]) {
      const again = await put('acme/webhooks/billing', body);
      expect([again.status, again.json]).toEqual([200, before]);
    }
  });

  it('keeps the former secret for a day beside the new one', async () => {
    const secrets = async () =>
      (
        await postgres.query(`select secret, former_secret, former_secret_until > now() + interval '23 hours' as a_day
        from accounting.webhooks where name = 'billing'`)
      ).rows[0];
    expect((await put('acme/webhooks/billing', { url, secret: other })).status).toBe(200);
    expect(await secrets()).toEqual({ secret: other, former_secret: secret, a_day: true });
    expect((await put('acme/webhooks/billing', { url, events: ['call-record.answered'] })).status).toBe(200);
    expect(await secrets()).toEqual({ secret: other, former_secret: secret, a_day: true });
  });

  it('removes one', async () => {
    expect((await put('acme/webhooks/short-lived', { url, secret })).status).toBe(201);
    expect((await ask('DELETE', 'acme/webhooks/short-lived')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await ask(method, 'acme/webhooks/short-lived')).status).toBe(404);
  });

  it('lets a tenant have five, also where they are created at once', async () => {
    const names = [1, 2, 3, 4, 5, 6, 7].map((at) => `hook-${at}`);
    const answers = await Promise.all(names.map((name) => put(`globex/webhooks/${name}`, { url, secret })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409]);
    expect((await ask('GET', 'globex/webhooks')).json['items']).toHaveLength(5);
  });

  it.each([
    [{ url }, 'secret is missing; a new webhook needs one'],
    [{ secret }, 'url is missing'],
    [{ url, secret: 'short' }, 'secret must be whsec_'],
    [{ url: 'billing', secret }, 'url must be a URL like'],
    [{ url: 'http://billing.example.com', secret }, 'url must be an https URL'],
    [{ url: 'https://10.0.0.1/calls', secret }, 'url must not be an address of a private network'],
    [{ url: 'https://[::1]/calls', secret }, 'url must not be an address of a private network'],
    [{ url: 'https://2130706433/', secret }, 'url must not be an address of a private network'],
    [{ url, secret, events: [] }, 'events must name at least one'],
    [{ url, secret, events: ['call'] }, 'must be call-record.answered or call-record.unanswered'],
    [{ url, secret, colour: 'red' }, 'colour is not a field that is known here'],
  ])('refuses %j', async (body, detail) => {
    const answer = await put('acme/webhooks/wrong', body);
    expect([answer.status, answer.json['detail']]).toEqual([422, expect.stringContaining(detail)]);
    expect((await ask('GET', 'acme/webhooks/wrong')).status).toBe(404);
  });
});
