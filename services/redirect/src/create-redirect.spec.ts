import { directory, type location } from '@ringdown/contracts';
import { callTrace, createLogger, ServiceError } from '@ringdown/platform';
import { Header } from '@ringdown/sip-message';
import type { InviteClientTransaction } from '@ringdown/sip-transaction';
import type { EnvelopeContext, Flow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Edge, type Wire } from './testing/edge.js';
import { binding, route, toDomain, toNumbers } from './testing/fixtures.js';

function tenantMessage(redirectMode: directory.RedirectMode): directory.Tenant {
  const policies = {
    forkMode: directory.ForkMode.PARALLEL,
    recurseOnRedirect: false,
    redirectMode,
    serviceRoute: false,
    mediaRelay: directory.MediaRelay.WHEN_NEEDED,
    conferenceSrtpRequired: false,
  };
  return {
    tenantId: 'demo',
    canonicalDomain: 'demo.ringdown.test',
    realm: 'demo.ringdown.test',
    digestAlgorithms: [],
    policies,
    enabled: true,
    version: 1,
  };
}

/** What the directory and location say. */
class World {
  tenant = tenantMessage(directory.RedirectMode.REDIRECT);
  routes: directory.Route[] = [];
  bindings: location.Binding[] = [];
  subscribers = ['bob'];
  directoryFailure: Error | undefined;
  locationFailure: Error | undefined;
  locationWaitsFor: Promise<void> = Promise.resolve();
  readonly lookups: string[] = [];

  readonly directory = {
    resolveDomain: async ({ domain }: directory.ResolveDomainRequest): Promise<directory.ResolveDomainResponse> => {
      if (this.directoryFailure !== undefined) throw this.directoryFailure;
      const own = domain === 'demo.ringdown.test' || domain === 'localhost';
      return { domainVersion: 1, position: 1, tenant: own ? this.tenant : undefined };
    },
    getTenant: async ({ tenantId }: directory.GetTenantRequest): Promise<directory.GetTenantResponse> => ({
      position: 1,
      tenant: tenantId === 'demo' ? this.tenant : undefined,
    }),
    listRoutes: async (): Promise<directory.ListRoutesResponse> => ({ routes: this.routes, version: 1, position: 1 }),
    getSubscriber: async ({
      tenantId,
      username,
    }: directory.GetSubscriberRequest): Promise<directory.GetSubscriberResponse> => ({
      position: 1,
      subscriber: this.subscribers.includes(username)
        ? { tenantId, username, ha1s: [], identities: [], enabled: true, version: 1 }
        : undefined,
    }),
  };

  readonly location = {
    lookup: async ({ addressOfRecord }: location.LookupRequest): Promise<location.LookupResponse> => {
      this.lookups.push(addressOfRecord);
      await this.locationWaitsFor;
      if (this.locationFailure !== undefined) throw this.locationFailure;
      return { version: 1, bindings: this.bindings };
    },
  };
}

const wires: readonly Wire[] = ['in the process', 'over gRPC'];
const bob = 'sip:bob@demo.ringdown.test';
const caller: EnvelopeContext = { originatingTenantId: 'demo' };
const { traceId } = callTrace('c1@192.0.2.4', 'INVITE', 1, { key: '', sampling: 0 });

describe.each(wires)('a redirect server behind SipLink %s', (wire) => {
  let world: World;
  let edge: Edge;
  let lines: Readonly<Record<string, unknown>>[];

  beforeEach(async () => {
    world = new World();
    lines = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    const logger = createLogger({ service: 'redirect', level: 'info', write, pretty: false });
    edge = await Edge.open(wire, world, logger);
  });
  afterEach(() => edge.close());

  it('answers 302 with the bindings, ordered by q', async () => {
    world.bindings = [binding('sip:bob@192.0.2.1', 500), binding('sip:bob@192.0.2.2', 800)];
    const response = await edge.send('sip:bob@localhost');
    expect(response.statusCode).toBe(302);
    expect(response.list(Header.Contact)).toEqual(['<sip:bob@192.0.2.2>;q=0.8', '<sip:bob@192.0.2.1>;q=0.5']);
    expect(response.toTag).toMatch(/./);
    expect(world.lookups).toEqual([bob]);
  });

  it('leaves out phones whose edge is silent', async () => {
    world.bindings = [{ ...binding('sip:bob@192.0.2.1'), suspended: true }, binding('sip:bob@192.0.2.2')];
    const response = await edge.send(bob);
    expect(response.list(Header.Contact)).toEqual(['<sip:bob@192.0.2.2>;q=1']);
    world.bindings = [{ ...binding('sip:bob@192.0.2.1'), suspended: true }];
    expect((await edge.send(bob)).statusCode).toBe(480);
  });

  it('answers with a route’s status and contacts, beside the bindings', async () => {
    world.routes = [route(toDomain('demo.ringdown.test'), [['sip:bob@elsewhere.example', 900]], 300)];
    world.bindings = [binding('sip:bob@192.0.2.1')];
    const response = await edge.send(bob);
    expect(response.statusCode).toBe(300);
    expect(response.list(Header.Contact)).toEqual(['<sip:bob@192.0.2.1>;q=1', '<sip:bob@elsewhere.example>;q=0.9']);
  });

  it('routes numbers of the caller’s tenant, without asking location', async () => {
    world.routes = [
      route(
        toNumbers('+4930'),
        [
          ['sip:gw1.example', 1000],
          ['sip:gw2.example', 500],
        ],
        301,
      ),
    ];
    const response = await edge.send('tel:+4930123', 'INVITE', [], caller);
    expect(response.statusCode).toBe(301);
    expect(response.list(Header.Contact)).toEqual([
      '<sip:+4930123@gw1.example>;q=1',
      '<sip:+4930123@gw2.example>;q=0.5',
    ]);
    expect(world.lookups).toEqual([]);
  });

  it.each<[string, string, (world: World) => void, EnvelopeContext, number]>([
    ['a subscriber who is not there', bob, () => undefined, {}, 480],
    ['a name that nobody has', 'sip:nobody@demo.ringdown.test', () => undefined, {}, 404],
    ['a domain of nobody’s, from a stranger', 'sip:bob@nowhere.example', () => undefined, {}, 404],
    ['a domain that no route names', 'sip:bob@nowhere.example', () => undefined, caller, 404],
    [
      'a tenant that doesn’t redirect',
      bob,
      (world) => {
        world.tenant = tenantMessage(directory.RedirectMode.PROXY);
      },
      {},
      404,
    ],
    [
      'a disabled tenant',
      bob,
      (world) => {
        world.tenant = { ...world.tenant, enabled: false };
      },
      {},
      403,
    ],
    ['a scheme that is unknown', 'nobodyKnowsThisScheme:totallyopaquecontent', () => undefined, caller, 416],
    [
      'location away',
      bob,
      (world) => {
        world.locationFailure = new ServiceError('deadline', 'late');
      },
      {},
      503,
    ],
    [
      'the directory away',
      bob,
      (world) => {
        world.directoryFailure = new ServiceError('unavailable', 'away');
      },
      {},
      503,
    ],
    [
      'a bug',
      bob,
      (world) => {
        world.locationFailure = new TypeError('oops');
      },
      {},
      500,
    ],
  ])('refuses: %s', async (_, requestUri, change, context, statusCode) => {
    change(world);
    const response = await edge.send(requestUri, 'INVITE', [], context);
    expect(response.statusCode).toBe(statusCode);
    expect(response.has(Header.RetryAfter)).toBe(statusCode === 503);
  });

  it.each([
    {
      name: 'a name that nobody has',
      uri: 'sip:nobody@demo.ringdown.test',
      lines: [{ tenant: 'demo', message: 'INVITE refused with 404: Unknown user' }],
    },
    {
      name: 'a domain of nobody’s',
      uri: 'sip:bob@nowhere.example',
      lines: [{ message: 'INVITE refused with 404: Unknown domain' }],
    },
    {
      name: 'a scheme that is unknown',
      uri: 'nobodyKnowsThisScheme:totallyopaquecontent',
      lines: [{ message: 'INVITE refused with 416: Unsupported URI Scheme' }],
    },
    { name: 'a subscriber who is not there', uri: bob, lines: [] },
  ])('a line says why, from where and in which trace: $name', async ({ uri, lines: expected }) => {
    await edge.send(uri, 'INVITE', [], { ingressTransport: 'UDP', source: { host: '192.0.2.4', port: 5060 } });
    const facts = { traceId, callId: 'c1@192.0.2.4', source: 'UDP 192.0.2.4:5060', requestUri: uri };
    expect(lines).toMatchObject(expected.map((line) => ({ ...facts, ...line })));
  });

  it('so does the line of a bug', async () => {
    world.locationFailure = new TypeError('oops');
    await edge.send(bob);
    expect(lines).toMatchObject([
      { level: 'error', message: 'INVITE was answered with 500', traceId, callId: 'c1@192.0.2.4' },
    ]);
  });

  it.each([
    ['a method it doesn’t know', 'NEWMETHOD', []],
    ['an extension it doesn’t know', 'INVITE', ['Require: nothing-known']],
    ['OPTIONS', 'OPTIONS', []],
    ['MESSAGE', 'MESSAGE', []],
  ])('redirects %s all the same (RFC 3261 §8.3)', async (_, method, lines) => {
    world.bindings = [binding('sip:bob@192.0.2.1')];
    expect((await edge.send(bob, method, lines)).statusCode).toBe(302);
  });

  it('counts its answers, and an overload apart from an outage', async () => {
    world.bindings = [binding('sip:bob@192.0.2.1')];
    await edge.send(bob);
    world.directoryFailure = new ServiceError('resource-exhausted', 'busy');
    const refused = await edge.send(bob);
    expect([refused.statusCode, refused.has(Header.RetryAfter)]).toEqual([503, true]);
    world.directoryFailure = new TypeError('a bug');
    await edge.send(bob);
    const counted = (name: string) =>
      edge.metrics
        .getSingleMetric(name)!
        .get()
        .then(({ values }) => values.map(({ labels, value }) => [...Object.values(labels), value].join(' ')).sort());
    await expect.poll(() => counted('ringdown_redirect_answers_total')).toEqual(['302 1', '500 1', '503 1']);
    expect(await counted('ringdown_redirect_overloads_total')).toEqual(['directory 1']);
  });

  it('answers 487 to an INVITE that is cancelled while it looks', async () => {
    const lookup = Promise.withResolvers<void>();
    world.locationWaitsFor = lookup.promise;
    const { transaction, answer } = await edge.begin(bob);
    await expect.poll(() => world.lookups.length).toBe(1);
    // The transaction layer answers 100 after 200 ms; until then a CANCEL waits (RFC 3261 §9.1).
    edge.stack.cancel(transaction as InviteClientTransaction<Flow>);
    expect((await answer).statusCode).toBe(487);
    lookup.resolve();
    await edge.redirect.drain(1_000);
  });
});
