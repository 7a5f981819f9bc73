import { Health, HttpServer, silentLogger } from '@ringdown/platform';
import { restMetrics, restPart } from '@ringdown/platform/rest';
import { ADMIN_TOKEN, ask, type RestRequest } from '@ringdown/testkit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twoTenants } from '../../testing/acme.js';
import { rehearsalOver } from '../../testing/rehearsed-edge.js';
import { createRestApi } from './rest-api.js';

const nobody = () => Promise.reject(new Error('nobody asks for messages'));

describe('POST /v1/explain', () => {
  const metrics = new Registry();
  let server: HttpServer;
  let url = '';
  beforeAll(async () => {
    const logger = silentLogger();
    const tracing = { messages: nobody, keep: () => undefined, trace: () => ({ traceId: '', sampled: false }) };
    const rest = createRestApi({
      rehearsal: rehearsalOver(twoTenants()),
      tracing,
      observer: restMetrics(metrics, 'ringdown_edge'),
    });
    const parts = [restPart([rest], { adminToken: ADMIN_TOKEN, logger })];
    server = await HttpServer.create({ logger, health: new Health(), registries: () => [metrics], parts });
    url = `http://127.0.0.1:${(await server.listen({ host: '127.0.0.1', port: 0 })).port}`;
  });
  afterAll(() => server?.stop());

  const explain = (json: unknown, request: RestRequest = {}) => ask(url, 'POST', '/v1/explain', { json, ...request });
  const from = 'sip:alice@example.com';

  it('gives the outcome and every step', async () => {
    const { status, json } = await explain({ from, to: 'sip:nobody@example.com' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      edgeId: 'edge-1',
      outcome: { kind: 'answered', statusCode: 404, reasonPhrase: 'Not Found' },
    });
    expect(json['steps']).toContainEqual({ step: 'subscriber', decision: 'there is no subscriber nobody' });
    expect((await ask(url, 'GET', '/metrics')).text).toContain(
      'ringdown_edge_rest_request_seconds_count{operation="explain",status="200"}',
    );
  });

  it.each([
    ['no key', { from, to: from }, { key: null }, 401, ''],
    ['no callee', { from }, {}, 422, 'to is missing'],
    ['a name that is no URI', { from, to: 'bob' }, {}, 422, 'to must be a URI'],
    ['a header of its own', { from: 'sip:a@b>\r\nX: y', to: from }, {}, 422, 'from must be a URI'],
    ['an ACK', { from, to: from, method: 'ACK' }, {}, 422, 'method must be INVITE'],
    ['half a source', { from, to: from, source: '10.0.0.1' }, {}, 422, 'source must be an IP address and a port'],
    ['a transport that nobody listens on', { from, to: from, transport: 'TLS' }, {}, 422, 'does not listen on TLS'],
    ['an unknown wish', { from, to: from, please: 1 }, {}, 422, 'please is not a field that is known here'],
  ] as const)('refuses %s', async (_name, question, request, status, detail) => {
    const answer = await explain(question, request);
    expect(answer.status).toBe(status);
    expect(answer.json['detail']).toContain(detail);
  });
});
