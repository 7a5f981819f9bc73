import { Health, HttpServer, silentLogger } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { checkOpenApiDocument } from '@ringdown/platform/rest-testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallMessages } from '../../use-cases/find-call-messages.js';
import { createRestApi } from './rest-api.js';

const found: CallMessages = {
  kept: undefined,
  edges: [{ edgeId: 'edge-1', answer: 'found', truncated: false, reachesBackMs: 1234.5 }],
  messages: [
    {
      edgeId: 'edge-1',
      atUs: 1_763_800_000_123_456.5,
      direction: 'received',
      transport: 'UDP',
      local: { host: '::1', port: 5060 },
      remote: { host: '192.0.2.7', port: 5062 },
      peer: undefined,
      raw: 'REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: \u00c3\u00bc <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: a/b@h\r\nCSeq: 7 REGISTER\r\nMax-Forwards: 70\r\n\r\n',
    },
  ],
};
const nothingRehearsed = { run: () => Promise.reject(new Error('nobody asks')) };
const kept: string[] = [];
const requests: string[] = [];
let http: HttpServer;
let url: string;

beforeAll(async () => {
  const api = createRestApi({
    rehearsal: nothingRehearsed,
    tracing: {
      messages: async (callId) => (callId.startsWith('a/b') ? found : { ...found, messages: [], kept: 'slow' }),
      keep: (callId) => void kept.push(callId),
      trace: (...of) => ({ traceId: of.join(' '), sampled: true }),
    },
    observer: { restRequest: (operation, statusCode) => void requests.push(`${operation} ${statusCode}`) },
  });
  const logger = silentLogger();
  const parts = [restPart([api], { adminToken: 'key', logger })];
  http = await HttpServer.create({ logger, health: new Health(), registries: () => [], parts });
  const { port } = await http.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${port}/v1/calls`;
});
afterAll(() => http.stop());

async function ask(method: string, path: string, key = 'key') {
  const answer = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${key}` } });
  const text = await answer.text();
  return { status: answer.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

describe('the REST API of an edge', () => {
  it('shows the messages of a call, with the trace of its first request', async () => {
    expect(await ask('GET', `/${encodeURIComponent('a/b@h')}/messages`)).toEqual({
      status: 200,
      json: {
        callId: 'a/b@h',
        traceId: 'a/b@h REGISTER 7',
        sampled: true,
        kept: null,
        edges: [{ id: 'edge-1', answer: 'found', truncated: false, reachesBackMs: 1235 }],
        messages: [
          {
            edge: 'edge-1',
            at: '2025-11-22T08:26:40.123Z',
            atUs: 1_763_800_000_123_457,
            direction: 'received',
            transport: 'UDP',
            local: '[::1]:5060',
            remote: '192.0.2.7:5062',
            peer: null,
            sip: found.messages[0]?.raw.replace('\u00c3\u00bc', 'ü'),
          },
        ],
      },
    });
  });

  it('answers for what nobody has seen, and for Call-IDs as long as they come', async () => {
    const callId = 'x'.repeat(400);
    expect(await ask('GET', `/${callId}/messages`)).toMatchObject({
      status: 200,
      json: { callId, traceId: `${callId} INVITE 1`, messages: [], kept: 'slow' },
    });
  });

  it('keeps a call', async () => {
    expect(await ask('POST', '/c%40d/keep')).toEqual({ status: 202, json: undefined });
    expect(kept).toEqual(['c@d']);
  });

  it('is closed to who has no key, and counts what it answers', async () => {
    expect((await ask('GET', '/a/messages', 'other')).status).toBe(401);
    expect(requests).toEqual(
      expect.arrayContaining(['getCallMessages 200', 'keepCallMessages 202', 'getCallMessages 401']),
    );
  });
});

describe('the OpenAPI document of an edge', () => {
  checkOpenApiDocument(
    createRestApi({
      rehearsal: nothingRehearsed,
      tracing: { messages: async () => found, keep: () => undefined, trace: () => ({ traceId: '', sampled: false }) },
      observer: { restRequest: () => undefined },
    }),
  );
});
