import { directory } from '@ringdown/contracts';
import { Header, type SipResponse } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { acme, bindUdp, globex, twoTenants } from './testing/acme.js';
import { answered, outcome, parsed, sendAs, within, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import {
  byDomain,
  byPrefix,
  limits,
  policies,
  routeOf,
  subscriberOf,
  toNextHop,
  toRedirect,
  toSession,
} from './testing/tables.js';

const { PEER } = directory.TrustClass;

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

describe('header privacy (RFC 3323, RFC 3325)', () => {
  const asserted = '<sip:boss@example.com>';
  it.each([
    {
      name: 'an unproved identity is not believed',
      to: PEER,
      headers: [['P-Asserted-Identity', asserted]],
      sees: ['<sip:alice@example.com>'],
    },
    { name: 'the proved one is asserted to a peer', to: PEER, headers: [], sees: ['<sip:alice@example.com>'] },
    {
      name: 'a preferred one of the own is asserted',
      to: PEER,
      headers: [['P-Preferred-Identity', '<sip:sales@acme.test>']],
      sees: ['<sip:sales@example.com>'],
    },
    {
      name: 'a preferred one of others is not',
      to: PEER,
      headers: [['P-Preferred-Identity', asserted]],
      sees: ['<sip:alice@example.com>'],
    },
    {
      name: 'privacy within the trust domain',
      to: PEER,
      headers: [['Privacy', 'id']],
      sees: ['<sip:alice@example.com>'],
    },
    {
      name: 'nothing is asserted to others',
      to: directory.TrustClass.UNTRUSTED,
      headers: [['P-Asserted-Identity', asserted]],
      sees: [],
    },
    {
      name: 'history stays without privacy',
      to: directory.TrustClass.UNTRUSTED,
      headers: [['History-Info', '<sip:x@y>;index=1']],
      sees: [],
      history: true,
    },
    {
      name: 'history goes with privacy',
      to: directory.TrustClass.UNTRUSTED,
      headers: [
        ['History-Info', '<sip:x@y>;index=1'],
        ['Privacy', 'history; id'],
      ],
      sees: [],
      history: false,
    },
  ] as const)('$name', async ({ to, headers, sees, ...rest }) => {
    const { edge: running, alice, outside } = await open();
    running.owning.subscribers.set(
      'acme alice',
      subscriberOf(acme, 'alice', { identities: ['sip:alice@example.com', 'sip:sales@example.com'] }),
    );
    const place = `sip:${outside.address.host}:${outside.address.port}`;
    running.owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(place), to)]);
    await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: 'sip:y@peer.test', headers }));
    const arrived = await outside.request('MESSAGE');
    expect(arrived.values(Header.PAssertedIdentity)).toEqual(sees);
    expect(arrived.has(Header.PPreferredIdentity)).toBe(false);
    expect(arrived.has(Header.HistoryInfo)).toBe('history' in rest && rest.history);
  });

  it('an identity in a phone’s response is not believed', async () => {
    const { alice, bob } = await open();
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE' }));
    bob.reply(await bob.request('MESSAGE'), 200, { headers: [[Header.PAssertedIdentity, asserted]] });
    expect((await alice.final(sent)).has(Header.PAssertedIdentity)).toBe(false);
  });
});

describe('services behind SipLink', () => {
  it.each([
    {
      name: 'a tenant in redirect mode',
      over: { policies: policies({ redirectMode: directory.RedirectMode.REDIRECT }) },
      routes: [],
    },
    { name: 'a number route in redirect mode', over: {}, routes: [routeOf(byPrefix('+44'), toRedirect)] },
  ])('$name gets the redirect server’s contacts', async ({ over, routes }) => {
    const { edge: running, alice } = await open(over, {
      services: {
        redirect: { INVITE: (_, __, reply) => void reply(302, { headers: [[Header.Contact, '<sip:z@else.test>']] }) },
      },
    });
    running.owning.routes.set('acme', routes);
    const sent = await sendAs(alice, 'alice', write(alice, { uri: 'sip:+4411@example.com' }));
    const response = await outcome(alice, sent);
    expect([response.statusCode, response.value(Header.Contact)]).toEqual([302, '<sip:z@else.test>']);
  });

  it('a session service gets the call, its ACK and its BYE, and who called', async () => {
    const seen: string[] = [];
    const note = (
      what: string,
      ingress: { envelope: { authenticated?: { addressOfRecord: string } | undefined } | undefined },
    ) => seen.push(`${what} ${ingress.envelope?.authenticated?.addressOfRecord ?? ''}`);
    const { edge: running, alice } = await open(
      {},
      {
        services: {
          b2bua: {
            INVITE: (request, ingress, reply) => {
              note(`INVITE ${request.value(Header.PAssertedIdentity)}`, ingress);
              reply(200, { toTag: 'b2b', headers: [[Header.Contact, '<sip:b2bua@session.invalid>']] });
            },
            BYE: (_, ingress, reply) => {
              note('BYE', ingress);
              reply(200);
            },
          },
        },
      },
    );
    running.owning.routes.set('acme', [routeOf(byDomain('example.com'), toSession('b2bua'))]);
    const sent = await sendAs(alice, 'alice', write(alice));
    const response = await alice.response(200, 'INVITE');
    alice.send(within(alice, sent, response, 'ACK', { cseq: sent.cseq.number }));
    const bye = within(alice, sent, response, 'BYE', { cseq: 9 });
    alice.send(bye);
    expect((await alice.final(bye)).statusCode).toBe(200);
    expect(seen).toEqual(['INVITE <sip:alice@example.com> sip:alice@example.com', 'BYE ']);
  });

  it.each(['registrar', 'redirect', 'session'])('no %s: 503 with Retry-After', async (kind) => {
    const { edge: running, alice } = await open(
      kind === 'redirect' ? { policies: policies({ redirectMode: directory.RedirectMode.REDIRECT }) } : {},
    );
    if (kind === 'session') running.owning.routes.set('acme', [routeOf(byDomain('example.com'), toSession('b2bua'))]);
    const text =
      kind === 'registrar'
        ? write(alice, { method: 'REGISTER', uri: 'sip:example.com', to: '<sip:alice@example.com>' })
        : write(alice);
    const response = await outcome(alice, await sendAs(alice, 'alice', text));
    expect(response.statusCode).toBe(503);
    expect(response.value(Header.RetryAfter)).toMatch(/^(?:[3-9]|10)$/);
  });
});

describe('while an owning service is away', () => {
  it.each([
    { away: 'directory', warm: false, statusCode: 503 },
    { away: 'location', warm: false, statusCode: 503 },
    { away: 'directory', warm: true, statusCode: 200 },
    { away: 'location', warm: true, statusCode: 200 },
  ] as const)('$away away, warm $warm: $statusCode, and one line in the log', async ({ away, warm, statusCode }) => {
    const { edge: running, alice, bob } = await open();
    const call = async (): Promise<SipResponse> => {
      const text = write(alice, { method: 'MESSAGE' });
      alice.send(text);
      const challenged = await alice.final(text);
      if (challenged.statusCode !== 407) return challenged;
      const again = answered(alice, parsed(text), challenged, 'alice');
      alice.send(again);
      if (statusCode === 200 || !running.owning.away.has(away)) bob.reply(await bob.request('MESSAGE'), 200);
      return alice.final(again);
    };
    if (warm) await call();
    running.owning.away.add(away);
    for (let times = 0; times < 3; times++) {
      const response = await call();
      expect(response.statusCode).toBe(statusCode);
      expect(response.value(Header.RetryAfter) ?? 'none').toMatch(warm ? /^none$/ : /^(?:[3-9]|10)$/);
    }
    const errors = running.log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(warm ? 0 : 1);
    running.owning.away.clear();
    expect((await call()).statusCode).toBe(200);
  });
});

describe('tenants’ limits', () => {
  it('calls beyond the tenant’s rate wait, emergencies and other tenants don’t', async () => {
    const { edge: running, alice, bob, outside } = await open({ limits: limits({ maxCallsPerSec: 1 }) });
    const place = toNextHop(`sip:${outside.address.host}:${outside.address.port}`);
    running.owning.routes.set('acme', [routeOf(byDomain('urn:service:sos'), place)]);
    await sendAs(alice, 'alice', write(alice));
    await bob.request('INVITE');
    const tooMany = await outcome(alice, await sendAs(alice, 'alice', write(alice)));
    expect([tooMany.statusCode, tooMany.value(Header.RetryAfter)]).toEqual([503, '1']);
    await sendAs(alice, 'alice', write(alice, { uri: 'urn:service:sos', to: '<urn:service:sos>' }));
    expect((await outside.request('INVITE')).requestUri).toBe('urn:service:sos');
    const dave = await running.peer();
    await sendAs(dave, 'dave', write(dave, { from: `<sip:dave@${globex.canonicalDomain}>;tag=d` }));
    await bob.request('INVITE');
  });
});
