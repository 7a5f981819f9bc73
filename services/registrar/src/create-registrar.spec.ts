import type { directory } from '@ringdown/contracts';
import { callTrace, createLogger, ServiceError } from '@ringdown/platform';
import { Header } from '@ringdown/sip-message';
import type { EnvelopeContext } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Edge, type Wire } from './testing/edge.js';
import { MemoryLocation } from './testing/memory-location.js';
import { registerText } from './testing/requests.js';

const limits = {
  maxContactsPerAor: 10,
  minExpiresSec: 60,
  maxExpiresSec: 7200,
  defaultExpiresSec: 3600,
  maxRegistrations: 0,
  maxConcurrentCalls: 0,
  maxCallsPerSec: 0,
  maxRegistrationsPerSec: 0,
  maxConferences: 0,
  maxConferenceMembers: 0,
  maxConferenceMinutesPerMonth: 0,
};
const demo: directory.Tenant = {
  tenantId: 'demo',
  canonicalDomain: 'demo.ringdown.test',
  realm: 'demo.ringdown.test',
  digestAlgorithms: [],
  limits,
  enabled: true,
  version: 1,
};
const service = {
  resolveDomain: async ({ domain }: directory.ResolveDomainRequest): Promise<directory.ResolveDomainResponse> => ({
    domainVersion: 1,
    position: 1,
    ...(domain === 'demo.ringdown.test' ? { tenant: demo } : {}),
  }),
};
const alice: EnvelopeContext = {
  ingressTransport: 'UDP',
  source: { host: '192.0.2.4', port: 5060 },
  flowToken: 'udp/192.0.2.4/5060',
  edge: { id: 'edge-1', incarnation: 'k1' },
  authenticated: { addressOfRecord: 'sip:alice@demo.ringdown.test', username: 'alice' },
  trustClass: 'subscriber',
};

const sealKeys = [{ id: 1, key: Buffer.alloc(32, 7) }];
const wires: readonly Wire[] = ['in the process', 'over gRPC'];

describe.each(wires)('a registrar behind SipLink %s', (wire) => {
  let location: MemoryLocation;
  let edge: Edge;
  let lines: Readonly<Record<string, unknown>>[];

  beforeEach(async () => {
    location = new MemoryLocation();
    lines = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    const logger = createLogger({ service: 'registrar', level: 'info', write, pretty: false });
    edge = await Edge.open(wire, { location, directory: service, sealKeys }, logger);
  });
  afterEach(() => edge.close());

  it('registers, and stores the flow that the envelope names', async () => {
    const response = await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice);
    expect(response.statusCode).toBe(200);
    const [contact] = response.list(Header.Contact);
    expect(contact).toMatch(/^<sip:alice@192\.0\.2\.4>;expires=3[2-6]\d\d$/);
    expect(response.toTag).toMatch(/./);
    expect(response.value(Header.Date)).toMatch(/ GMT$/);
    expect(location.commands[0]?.contacts[0]?.flow).toEqual({
      flowToken: 'udp/192.0.2.4/5060',
      edgeId: 'edge-1',
      incarnation: 'k1',
      receivedTransport: 'UDP',
      receivedHost: '192.0.2.4',
      receivedPort: 5060,
    });
  });

  it.each<[string, string, EnvelopeContext, number]>([
    ['what nobody authenticated', registerText(['Contact: <sip:alice@192.0.2.4>']), {}, 403],
    [
      'an unknown domain',
      registerText([], { requestUri: 'sip:nowhere.example', to: '<sip:a@nowhere.example>' }),
      alice,
      404,
    ],
    ['an unknown extension', registerText(['Require: foo']), alice, 420],
    ['another method', registerText().replaceAll('REGISTER', 'MESSAGE'), alice, 405],
    ['a broken contact', registerText(['Contact: <sip:alice@']), alice, 400],
    ['too brief an expiry', registerText(['Contact: <sip:alice@192.0.2.4>;expires=1']), alice, 423],
  ])('refuses %s', async (_, text, context, statusCode) => {
    expect((await edge.send(text, context)).statusCode).toBe(statusCode);
  });

  it.each([
    {
      name: 'a broken contact',
      lines: ['Contact: *'],
      changes: { cseq: '7' },
      line: { tenant: 'demo', message: 'REGISTER refused with 400: Contact: * needs Expires: 0' },
    },
    {
      name: 'an unknown domain',
      lines: [],
      changes: { requestUri: 'sip:nowhere.example', to: '<sip:a@nowhere.example>', cseq: '8' },
      line: {
        message: expect.stringMatching(/^REGISTER refused with 404: ./),
        addressOfRecord: 'sip:a@nowhere.example',
      },
    },
  ])('a line says who was refused from where, and in which trace: $name', async ({ lines: fields, changes, line }) => {
    await edge.send(registerText(fields, changes), alice);
    const { traceId } = callTrace('c1@192.0.2.4', 'REGISTER', Number(changes.cseq), { key: '', sampling: 0 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ ...line, traceId, callId: 'c1@192.0.2.4', source: 'UDP 192.0.2.4:5060' });
  });

  it.each([
    ['done', registerText(['Contact: <sip:alice@192.0.2.4>']), 200],
    ['too brief an expiry', registerText(['Contact: <sip:alice@192.0.2.4>;expires=1']), 423],
  ])('writes no line for %s', async (_, text, statusCode) => {
    expect((await edge.send(text, alice)).statusCode).toBe(statusCode);
    expect(lines).toEqual([]);
  });

  it('gives the reason in the reason phrase', async () => {
    const response = await edge.send(registerText(['Contact: *']), alice);
    expect(response.reasonPhrase).toBe('Contact: * needs Expires: 0');
  });

  it('answers OPTIONS with what it can do', async () => {
    const response = await edge.send(registerText().replaceAll('REGISTER', 'OPTIONS'), alice);
    expect(response.statusCode).toBe(200);
    expect(response.value(Header.Allow)).toContain('REGISTER');
    expect(response.value(Header.Supported)).toBe('path, outbound, gruu');
  });

  it('answers 503 with Retry-After while location is away, never silence', async () => {
    location.failure = new ServiceError('unavailable', 'location can not be reached');
    const response = await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice);
    expect(response.statusCode).toBe(503);
    const retryAfterSec = Number(response.value(Header.RetryAfter));
    expect(retryAfterSec).toBeGreaterThanOrEqual(3);
    expect(retryAfterSec).toBeLessThanOrEqual(10);
  });

  it('counts its answers, and an overload of location apart from an outage', async () => {
    await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice);
    await edge.send(registerText(['Contact: *']), alice);
    location.failure = new ServiceError('resource-exhausted', 'too many requests');
    expect((await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice)).statusCode).toBe(503);
    location.failure = new TypeError('undefined is not a function');
    await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice);
    const counted = (name: string) =>
      edge.metrics
        .getSingleMetric(name)!
        .get()
        .then(({ values }) => values.map(({ labels, value }) => [...Object.values(labels), value].join(' ')).sort());
    await expect.poll(() => counted('ringdown_registrar_answers_total')).toEqual(['200 1', '400 1', '500 1', '503 1']);
    expect(await counted('ringdown_registrar_overloads_total')).toEqual(['location 1']);
    expect(await edge.metrics.metrics()).toMatch(/register_seconds_count\{service="registrar",class="5xx"\} 2/);
  });

  it('answers 500 for a bug', async () => {
    location.failure = new TypeError('undefined is not a function');
    expect((await edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice)).statusCode).toBe(500);
    const { traceId } = callTrace('c1@192.0.2.4', 'REGISTER', 1, { key: '', sampling: 0 });
    expect(lines).toMatchObject([
      { level: 'error', message: 'REGISTER was answered with 500', traceId, callId: 'c1@192.0.2.4' },
    ]);
  });

  it('lets what is under way end before it stops', async () => {
    const { registrar } = edge;
    const began = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const bind = location.bind.bind(location);
    location.bind = async (request) => {
      began.resolve();
      await slow.promise;
      return bind(request);
    };
    const answer = edge.send(registerText(['Contact: <sip:alice@192.0.2.4>']), alice);
    let drained = false;
    await began.promise;
    const drain = registrar.drain(5_000).then(() => {
      drained = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    slow.resolve();
    await drain;
    expect((await answer).statusCode).toBe(200);
  });
});
