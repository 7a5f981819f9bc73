import { Header } from '@ringdown/sip-message';
import type { DnsAnswer } from '@ringdown/sip-proxy';
import type { DnsClient } from '@ringdown/sip-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { acme, bindUdp, twoTenants } from './testing/acme.js';
import { Peer } from './testing/peer.js';
import { outcome, parsed, sendAs, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf, byDomain, byPrefix, routeOf, subscriberOf, toNextHop } from './testing/tables.js';

let edge: RunningEdge | undefined;
afterEach(() => edge?.close());

async function open(over: Partial<typeof acme> = {}, options: Parameters<typeof RunningEdge.open>[0] = {}) {
  const running = await RunningEdge.open({ owning: twoTenants(over), ...options });
  edge = running;
  const alice = await running.peer();
  const bob = await running.peer();
  const outside = await running.peer();
  bindUdp(running, 'bob', bob);
  return { edge: running, alice, bob, outside };
}

const own = (running: RunningEdge): string => `${running.address.host}:${running.address.port}`;

describe('what the edge answers itself (RFC 3261 §16.3, §11)', () => {
  it.each([
    { name: 'OPTIONS to its address', method: 'OPTIONS', uri: 'sip:{edge}', statusCode: 200 },
    {
      name: 'OPTIONS that can go no further',
      method: 'OPTIONS',
      uri: 'sip:bob@example.com',
      maxForwards: 0,
      statusCode: 483,
    },
    {
      name: 'OPTIONS to its address that can go no further',
      method: 'OPTIONS',
      uri: 'sip:{edge}',
      maxForwards: 0,
      statusCode: 200,
    },
    { name: 'Max-Forwards spent', uri: 'sip:bob@example.com', maxForwards: 0, statusCode: 483 },
    { name: 'an unknown scheme', uri: 'nobodyKnows:bob', statusCode: 416 },
    { name: 'an extension that proxies must know', headers: [['Proxy-Require', 'nothing']], statusCode: 420 },
    { name: 'Max-Breadth spent (RFC 5393)', headers: [['Max-Breadth', '0']], statusCode: 440 },
    { name: 'Max-Breadth that is none', headers: [['Max-Breadth', 'wide']], statusCode: 400 },
    { name: 'a Route that is none', headers: [['Route', '<sip:>']], statusCode: 400 },
    { name: 'an identity that is no SIP URI', from: '<tel:+4930123>;tag=1', statusCode: 400 },
    {
      name: 'REGISTER for a domain of nobody’s',
      method: 'REGISTER',
      uri: 'sip:other.test',
      to: '<sip:a@other.test>',
      statusCode: 404,
    },
  ] as const)('$name: $statusCode', async ({ statusCode, ...rest }) => {
    const { edge: running, alice } = await open();
    const { uri = 'sip:bob@example.com', ...others } = rest as { uri?: string };
    const text = write(alice, { ...others, uri: uri.replace('{edge}', own(running)) });
    alice.send(text);
    const response = await outcome(alice, parsed(text));
    expect(response.statusCode).toBe(statusCode);
    expect(response.values(Header.Unsupported)).toEqual(statusCode === 420 ? ['nothing'] : []);
    expect(response.value(Header.Allow)?.includes('INVITE') ?? false).toBe(statusCode === 200);
  });

  it.each([
    { name: 'a loop', uri: 'sip:bob@example.com', statusCode: 482 },
    { name: 'a spiral, whose Request-URI has changed', uri: 'sip:carol@example.com', statusCode: 480 },
  ])('$name: $statusCode (RFC 5393 §4.2)', async ({ uri, statusCode }) => {
    const { edge: running, outside, bob } = await open();
    running.owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop('sip:127.0.0.1'))]);
    outside.send(write(outside, { method: 'MESSAGE', from: '<sip:x@peer.test>;tag=1' }));
    const arrived = await bob.request('MESSAGE');
    const back = arrived.raw
      .replace(/^MESSAGE \S+/, `MESSAGE ${uri}`)
      .replace('\r\nVia:', `\r\nVia: ${bob.via()}\r\nVia:`);
    bob.send(back);
    expect((await bob.final(back)).statusCode).toBe(statusCode);
  });

  it('OPTIONS for a domain is answered for it, to who belongs here', async () => {
    const { alice } = await open();
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'OPTIONS', uri: 'sip:example.com' }));
    expect((await outcome(alice, sent)).statusCode).toBe(200);
  });
});

describe('targets (RFC 3261 §16.5)', () => {
  it.each([
    { name: 'somebody who is registered', uri: 'sip:bob@example.com', arrives: true },
    { name: 'the same under an alias', uri: 'sip:bob@acme.test', arrives: true },
    { name: 'the same in another spelling', uri: 'sip:b%6Fb@EXAMPLE.COM', arrives: true },
    { name: 'somebody who is not registered', uri: 'sip:carol@example.com', statusCode: 480 },
    { name: 'nobody', uri: 'sip:nobody@example.com', statusCode: 404 },
    { name: 'the domain', uri: 'sip:example.com', statusCode: 404 },
    { name: 'another tenant’s subscriber', uri: 'sip:dave@example.net', statusCode: 480 },
    { name: 'an address of nobody’s', uri: 'sip:x@other.test', statusCode: 403 },
    { name: 'a number of nobody’s', uri: 'tel:+4930999', statusCode: 404 },
    { name: 'the same at the domain', uri: 'sip:+4930999@example.com', statusCode: 404 },
    { name: 'no number', uri: 'tel:911', statusCode: 404 },
    { name: 'a number of bob’s', uri: 'tel:+49-30-123', arrives: true },
    { name: 'the same at the domain', uri: 'sip:+4930123@example.com;user=phone', arrives: true },
    { name: 'the same at the platform’s address', uri: 'sip:+4930123@{edge}', arrives: true },
    { name: 'an emergency service without a route', uri: 'urn:service:sos', statusCode: 404 },
  ])('$name', async ({ uri, statusCode, arrives }) => {
    const { edge: running, alice, bob } = await open();
    running.owning.numbers.set('+4930123', { tenantId: 'acme', username: 'bob' });
    const text = write(alice, { method: 'MESSAGE', uri: uri.replace('{edge}', own(running)), to: '<sip:x@y.test>' });
    const sent = await sendAs(alice, 'alice', text);
    const asked: string[] = [];
    if (arrives === true) {
      const arrived = await bob.request('MESSAGE');
      asked.push(arrived.requestUri);
      bob.reply(arrived, 202);
    }
    expect(asked).toEqual(arrives === true ? [bob.contact('bob')] : []);
    expect((await outcome(alice, sent)).statusCode).toBe(statusCode ?? 202);
  });

  it('a user part that must be escaped has one key', async () => {
    const { edge: running, alice } = await open();
    const peer = await running.peer();
    running.owning.bind('acme', 'sip:a%20b@example.com', [
      bindingOf(peer.contact('a'), running.flow(peer.udpFlowToken())),
    ]);
    await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:a%20b@example.com' }));
    expect((await peer.request('MESSAGE')).requestUri).toBe(peer.contact('a'));
  });

  it.each([
    { name: 'another port of the host that registered it', receivedHost: '127.0.0.1', statusCode: 202 },
    { name: 'a third party’s host', receivedHost: '127.0.0.8', statusCode: 480 },
  ])('a contact without a flow, at $name', async ({ receivedHost, statusCode }) => {
    const { edge: running, alice } = await open();
    const elsewhere = await running.peer();
    const from = {
      edgeId: '',
      incarnation: '',
      flowToken: '',
      receivedTransport: 'UDP',
      receivedHost,
      receivedPort: 9,
    };
    running.owning.bind('acme', 'sip:bob@example.com', [
      bindingOf(elsewhere.contact('bob'), undefined, { flow: from }),
    ]);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE' }));
    if (statusCode === 202) elsewhere.reply(await elsewhere.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(statusCode);
    await elsewhere.settled();
    expect(elsewhere.inbox).toEqual([]);
  });

  it('a disabled subscriber is not at home, whatever is bound', async () => {
    const { edge: running, alice, bob } = await open();
    running.owning.subscribers.set('acme bob', subscriberOf(acme, 'bob', { enabled: false }));
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE' }));
    expect((await outcome(alice, sent)).statusCode).toBe(480);
    await bob.settled();
    expect(bob.inbox).toEqual([]);
  });

  it('REGISTER for another tenant’s domain is not found there', async () => {
    const { alice } = await open({}, { services: { registrar: {} } });
    const text = write(alice, { method: 'REGISTER', uri: 'sip:example.net', to: '<sip:alice@example.com>' });
    expect((await outcome(alice, await sendAs(alice, 'alice', text))).statusCode).toBe(404);
  });

  it('the domain as an outbound proxy is taken off', async () => {
    const { edge: running, alice, bob } = await open();
    const route = `<sip:${own(running)};lr>, <sip:acme.test;lr>`;
    await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', headers: [['Route', route]] }));
    expect((await bob.request('MESSAGE')).has(Header.Route)).toBe(false);
  });
});

describe('never an open relay', () => {
  const to = (peer: Peer) => toNextHop(`sip:${peer.address.host}:${peer.address.port}`);
  const who = {
    subscriber: { from: '<sip:alice@example.com>;tag=1', authenticates: true },
    'somebody from a domain that the tenant has a route to': { from: '<sip:x@peer.test>;tag=1', authenticates: false },
    stranger: { from: '<sip:x@stranger.test>;tag=1', authenticates: false },
  } as const;
  type Who = keyof typeof who;
  const rows: readonly (readonly [
    Who,
    what: string,
    uri: string,
    result: number | 'bob' | 'outside',
    route?: string,
  ])[] = [
    ['subscriber', 'a subscriber', 'sip:bob@example.com', 'bob'],
    ['subscriber', 'a domain with a route', 'sip:y@peer.test', 'outside'],
    ['subscriber', 'a domain without a route', 'sip:y@other.test', 403],
    ['subscriber', 'a number with a route', 'sip:+4411@example.com', 'outside'],
    ['subscriber', 'a tel URI with a route', 'tel:+4411', 'outside'],
    ['subscriber', 'a tel URI without a route', 'tel:+1555', 404],
    ['subscriber', 'a number with another tenant’s route', 'sip:+1900@example.net', 403],
    ['subscriber', 'the same without its domain', 'tel:+1900', 404],
    ['subscriber', 'a number of its tenant’s that leads outside', 'sip:+4930130@example.net', 'outside'],
    ['subscriber', 'a number of another tenant’s that leads outside', 'tel:+1900130', 404],
    ['subscriber', 'an emergency service with a route', 'urn:service:sos.fire', 'outside'],
    ['subscriber', 'a foreign Route', 'sip:bob@example.com', 403, '<sip:relay.test;lr>'],
    ['subscriber', 'a Route to a domain with a route', 'sip:y@peer.test', 'outside', '<sip:peer.test;lr>'],
    ['somebody from a domain that the tenant has a route to', 'a subscriber', 'sip:bob@example.com', 'bob'],
    ['somebody from a domain that the tenant has a route to', 'its number', 'sip:+4930123@example.com', 'bob'],
    ['somebody from a domain that the tenant has a route to', 'its number here', 'sip:+4930123@{edge}', 'bob'],
    ['somebody from a domain that the tenant has a route to', 'a number with a route', 'sip:+4411@example.com', 403],
    ['somebody from a domain that the tenant has a route to', 'a number elsewhere, here', 'sip:+4411@{edge}', 403],
    ['somebody from a domain that the tenant has a route to', 'a domain with a route', 'sip:y@peer.test', 403],
    [
      'somebody from a domain that the tenant has a route to',
      'a number that leads outside',
      'sip:+4930130@{edge}',
      403,
    ],
    ['somebody from a domain that the tenant has a route to', 'another tenant', 'sip:dave@example.net', 403],
    ['somebody from a domain that the tenant has a route to', 'a tel URI', 'tel:+4930123', 403],
    [
      'somebody from a domain that the tenant has a route to',
      'a foreign Route',
      'sip:bob@example.com',
      403,
      '<sip:relay.test;lr>',
    ],
    ['stranger', 'a subscriber', 'sip:bob@example.com', 403],
    ['stranger', 'its number', 'sip:+4930123@{edge}', 403],
    ['stranger', 'a subscriber of a tenant with a route for all domains', 'sip:dave@example.net', 403],
    ['stranger', 'a number of a tenant with a route for all domains', 'sip:+1901@{edge}', 403],
    ['stranger', 'a domain with a route', 'sip:y@peer.test', 403],
    ['stranger', 'a domain of nobody’s', 'sip:y@other.test', 403],
    ['stranger', 'a tel URI', 'tel:+4930123', 403],
    ['stranger', 'an emergency service', 'urn:service:sos', 403],
    ['stranger', 'an address', 'sip:y@127.0.0.1:5099', 403],
  ];
  it.each(rows.map(([sender, what, uri, result, route]) => ({ sender, what, uri, result, route })))(
    '$sender asks for $what ($uri, Route $route): $result',
    async ({ sender, uri, result, route }) => {
      const { edge: running, alice, bob, outside } = await open();
      running.owning.numbers.set('+4930123', { tenantId: 'acme', username: 'bob' });
      running.owning.numbers.set('+4930130', { tenantId: 'acme', username: undefined });
      running.owning.numbers.set('+1900130', { tenantId: 'globex', username: undefined });
      running.owning.numbers.set('+1901', { tenantId: 'globex', username: 'dave' });
      running.owning.routes.set('globex', [
        routeOf(byPrefix('+1900'), to(outside)),
        routeOf(byDomain('*'), to(outside)),
      ]);
      running.owning.routes.set('acme', [
        routeOf(byPrefix('+4930130'), to(outside)),
        routeOf(byPrefix('+44'), to(outside)),
        routeOf(byDomain('peer.test'), to(outside)),
        routeOf(byDomain('urn:service:sos'), to(outside)),
      ]);
      const { from, authenticates } = who[sender];
      const text = write(alice, {
        method: 'MESSAGE',
        uri: uri.replace('{edge}', own(running)),
        from,
        to: '<sip:somebody@example.com>',
        headers: route === undefined ? [] : [['Route', route]],
      });
      let sent = parsed(text);
      if (authenticates) sent = await sendAs(alice, 'alice', text);
      else alice.send(text);
      if (typeof result !== 'number') {
        const receiver = result === 'bob' ? bob : outside;
        receiver.reply(await receiver.request('MESSAGE'), 200);
      }
      expect((await outcome(alice, sent)).statusCode).toBe(typeof result === 'number' ? result : 200);
      for (const peer of [bob, outside]) {
        await peer.settled();
        expect(peer.left).toEqual([]);
      }
    },
  );
});

describe('servers outside by RFC 3263', () => {
  function fakeDns(answers: Readonly<Record<string, unknown>>): DnsClient {
    return {
      ask: async ({ type, name }) => {
        const known = answers[`${type} ${name}`];
        const nothing = type === 'A' || type === 'AAAA' ? { type, addresses: [] } : { type, records: [] };
        return { answer: (known ?? nothing) as DnsAnswer, ttlSec: 60 };
      },
    };
  }

  it('goes by NAPTR and SRV to the first server, and to the next when that one is not there', async () => {
    const answers: Record<string, unknown> = {
      'NAPTR peer.test': {
        type: 'NAPTR',
        records: [
          { order: 1, preference: 1, flags: 'S', service: 'SIP+D2T', regexp: '', replacement: '_sip._tcp.peer.test' },
        ],
      },
      'A server.peer.test': { type: 'A', addresses: ['127.0.0.1'] },
    };
    const { edge: running, alice } = await open({}, { dns: fakeDns(answers) });
    const gone = await Peer.tcpServer(running.address);
    await gone.close();
    const there = await Peer.tcpServer(running.address);
    running.peers.push(there);
    const server = (priority: number, { address }: Peer) => ({
      priority,
      weight: 1,
      port: address.port,
      target: 'server.peer.test',
    });
    answers['SRV _sip._tcp.peer.test'] = { type: 'SRV', records: [server(2, there), server(1, gone)] };
    running.owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(''))]);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:y@peer.test' }));
    const arrived = await there.request('MESSAGE');
    expect([arrived.requestUri, arrived.topmostVia.transport]).toEqual(['sip:y@peer.test', 'TCP']);
    there.reply(arrived, 200);
    expect((await outcome(alice, sent)).statusCode).toBe(200);
  });

  it('a name that leads nowhere is 500, and the log says so', async () => {
    const { edge: running, alice } = await open({}, { dns: fakeDns({}) });
    running.owning.routes.set('acme', [routeOf(byDomain('*'), toNextHop(''))]);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:y@nowhere.test' }));
    expect((await outcome(alice, sent)).statusCode).toBe(500);
    expect(running.log.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('no way to sip:y@nowhere.test'),
    );
  });
});
