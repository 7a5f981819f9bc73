import type { location } from '@ringdown/contracts';
import { Health, HttpServer, ServiceError, silentLogger } from '@ringdown/platform';
import { formatCursor } from '@ringdown/platform/commands';
import { restMetrics, restPart } from '@ringdown/platform/rest';
import { ADMIN_TOKEN, ask } from '@ringdown/testkit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRestApi } from './rest-api.js';

const flow: location.Flow = {
  edgeId: 'edge-1',
  incarnation: 'i1',
  flowToken: 'secret-token',
  receivedTransport: 'TLS',
  receivedHost: '2001:db8::7',
  receivedPort: 40_000,
};
const binding: location.Binding = {
  bindingKey: 'key',
  uri: 'sip:bob@10.0.0.7',
  contactParams: '',
  remainingMs: 59_001,
  qThousandths: 500,
  instanceId: '<urn:uuid:1>',
  regId: 1,
  path: ['<sip:p;lr>'],
  flow,
  userAgent: 'phone',
  callId: 'registration',
  cseq: 7,
  updatedAtMs: 0,
  suspended: false,
};
const { qThousandths: _, ...plain } = binding;
const elsewhere: location.Binding = { ...plain, instanceId: '', regId: 0, path: [], suspended: true };

describe('GET /v1/tenants/{tenantId}/bindings', () => {
  const asked: object[] = [];
  const pages: Readonly<Record<string, location.ListResponse>> = {
    '': {
      addresses: [{ addressOfRecord: 'sip:bob@acme.test', version: 3, bindings: [binding, elsewhere] }],
      nextPageToken: 'after bob',
    },
    'after bob': {
      addresses: [
        {
          addressOfRecord: 'sip:carol@acme.test',
          version: 4,
          bindings: [{ ...binding, flow: { ...flow, flowToken: '' } }],
        },
      ],
      nextPageToken: '',
    },
  };
  const metrics = new Registry();
  let server: HttpServer;
  let url = '';

  beforeAll(async () => {
    const logger = silentLogger();
    const service: Pick<location.LocationService, 'list' | 'lookup'> = {
      list: async (request) => {
        asked.push(request);
        const page = pages[request.pageToken];
        if (request.tenantId === 'away') throw new ServiceError('unavailable', 'Postgres is away');
        if (page === undefined) throw new ServiceError('invalid', 'no token', { field: 'page_token' });
        return page;
      },
      lookup: async (request) => {
        asked.push(request);
        return { version: 9, bindings: request.addressOfRecord.includes('bob') ? [binding] : [] };
      },
    };
    const rest = createRestApi({ service, observer: restMetrics(metrics, 'ringdown_location') });
    const parts = [restPart([rest], { adminToken: ADMIN_TOKEN, logger })];
    server = await HttpServer.create({ logger, health: new Health(), registries: () => [metrics], parts });
    url = `http://127.0.0.1:${(await server.listen({ host: '127.0.0.1', port: 0 })).port}`;
  });
  afterAll(() => server?.stop());

  it('lists every binding, page by page, without what names a flow', async () => {
    const first = await ask(url, 'GET', '/v1/tenants/acme/bindings?limit=1');
    expect(first.json).toEqual({
      items: [
        {
          tenantId: 'acme',
          addressOfRecord: 'sip:bob@acme.test',
          version: 3,
          contact: 'sip:bob@10.0.0.7',
          q: 0.5,
          expiresInSec: 60,
          instanceId: '<urn:uuid:1>',
          regId: 1,
          path: ['<sip:p;lr>'],
          userAgent: 'phone',
          suspended: false,
          updatedAt: '1970-01-01T00:00:00.000Z',
          flow: { edgeId: 'edge-1', transport: 'TLS', source: '[2001:db8::7]:40000' },
        },
        expect.objectContaining({ q: null, instanceId: null, regId: null, suspended: true }),
      ],
      next: formatCursor('after bob'),
    });
    expect(first.text).not.toContain('secret-token');
    const second = await ask(url, 'GET', `/v1/tenants/acme/bindings?limit=1&cursor=${String(first.json['next'])}`);
    expect(second.json).toMatchObject({ items: [{ addressOfRecord: 'sip:carol@acme.test', flow: null }], next: null });
    expect(asked).toEqual([
      { tenantId: 'acme', pageSize: 1, pageToken: '' },
      { tenantId: 'acme', pageSize: 1, pageToken: 'after bob' },
    ]);
  });

  it('asks for one address of record alone', async () => {
    const of = (user: string) => ask(url, 'GET', `/v1/tenants/acme/bindings?addressOfRecord=sip%3A${user}%40acme.test`);
    expect((await of('bob')).json).toMatchObject({
      items: [{ addressOfRecord: 'sip:bob@acme.test', version: 9 }],
      next: null,
    });
    expect((await of('dave')).json).toEqual({ items: [], next: null });
  });

  it.each([
    ['a key that is missing', '/v1/tenants/acme/bindings', null, 401],
    ['an address that is none', '/v1/tenants/acme/bindings?addressOfRecord=bob', ADMIN_TOKEN, 400],
    ['a cursor of another list', `/v1/tenants/acme/bindings?cursor=${formatCursor('?')}`, ADMIN_TOKEN, 400],
    ['too large a page', '/v1/tenants/acme/bindings?limit=1001', ADMIN_TOKEN, 400],
    ['no Postgres', '/v1/tenants/away/bindings', ADMIN_TOKEN, 503],
  ])('refuses %s', async (_name, path, key, status) => {
    expect((await ask(url, 'GET', path, { key })).status).toBe(status);
  });
});
