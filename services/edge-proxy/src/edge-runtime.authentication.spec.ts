import { directory, securityEvents } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { acme, bindUdp, twoTenants } from './testing/acme.js';
import { eventually } from './testing/eventually.js';
import { acknowledge, answered, outcome, parsed, sendAs, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { subscriberOf } from './testing/tables.js';

const { MD5, SHA256, SHA512_256 } = directory.DigestAlgorithm;

let edge: RunningEdge | undefined;
afterEach(() => edge?.close());

async function open(over: Partial<typeof acme> = {}, options: Parameters<typeof RunningEdge.open>[0] = {}) {
  edge = await RunningEdge.open({ owning: twoTenants(over), ...options });
  const alice = await edge.peer();
  const bob = await edge.peer();
  bindUdp(edge, 'bob', bob);
  return { edge, alice, bob };
}

const registered: string[] = [];
const registrar = {
  registrar: {
    REGISTER: (request, ingress, reply) => {
      registered.push(`${ingress.envelope?.authenticated?.addressOfRecord} ${request.has(Header.Authorization)}`);
      reply(200);
    },
  },
} as const satisfies NonNullable<Parameters<typeof RunningEdge.open>[0]>['services'];

/** RFC 8760 §2.3: one line for each algorithm, in the order of preference. */
const algorithmsOf = (lines: readonly string[]) => lines.map((line) => /algorithm=([A-Z0-9-]+)/.exec(line)?.[1]);
const namesOf = (offered: readonly directory.DigestAlgorithm[]) =>
  offered.map((each) => (each === MD5 ? 'MD5' : each === SHA256 ? 'SHA-256' : 'SHA-512-256'));

describe('challenges', () => {
  it.each([
    { method: 'INVITE', offered: [MD5], algorithm: 'MD5', statusCode: 407 },
    { method: 'INVITE', offered: [SHA256], algorithm: 'SHA-256', statusCode: 407 },
    { method: 'INVITE', offered: [SHA512_256], algorithm: 'SHA-512-256', statusCode: 407 },
    { method: 'MESSAGE', offered: [SHA512_256, SHA256, MD5], algorithm: 'MD5', statusCode: 407 },
    { method: 'MESSAGE', offered: [SHA512_256, SHA256, MD5], algorithm: 'SHA-512-256', statusCode: 407 },
  ])('$method with $algorithm: $statusCode, then it goes on', async ({ method, offered, algorithm, statusCode }) => {
    const { alice, bob } = await open({ digestAlgorithms: [...offered] });
    const first = write(alice, { method });
    alice.send(first);
    const challenged = await alice.final(first);
    expect(challenged.statusCode).toBe(statusCode);
    expect(algorithmsOf(challenged.values(Header.ProxyAuthenticate))).toEqual(namesOf(offered));
    if (method === 'INVITE') acknowledge(alice, parsed(first), challenged);
    const second = answered(alice, parsed(first), challenged, 'alice', { pick: algorithm });
    alice.send(second);
    const arrived = await bob.request(method);
    // RFC 3261 §22.3: what was for this proxy ends at this proxy.
    expect(arrived.has(Header.ProxyAuthorization)).toBe(false);
    bob.reply(arrived, 486);
    expect((await alice.final(second)).statusCode).toBe(486);
  });

  it.each([
    { offered: [MD5], algorithm: 'MD5' },
    { offered: [SHA256, MD5], algorithm: 'SHA-256' },
  ])('REGISTER with $algorithm: 401, then the registrar gets it', async ({ offered, algorithm }) => {
    const { alice } = await open({ digestAlgorithms: [...offered] }, { services: registrar });
    const first = write(alice, { method: 'REGISTER', uri: 'sip:example.com', to: '<sip:alice@example.com>' });
    alice.send(first);
    const challenged = await alice.final(first);
    expect(challenged.statusCode).toBe(401);
    expect(algorithmsOf(challenged.values(Header.WwwAuthenticate))).toEqual(namesOf(offered));
    const second = answered(alice, parsed(first), challenged, 'alice', { pick: algorithm });
    registered.length = 0;
    alice.send(second);
    expect((await alice.final(second)).statusCode).toBe(200);
    expect(registered).toEqual(['sip:alice@example.com false']);
  });

  it.each([
    {
      name: 'the same nonce and count again',
      again: { nonceCount: 1 },
      statusCode: 407,
      stale: true,
    },
    { name: 'the same nonce, the next count', again: { nonceCount: 2 }, statusCode: 200, stale: false },
    { name: 'a wrong password', again: { password: 'wrong', nonceCount: 2 }, statusCode: 407, stale: false },
  ])('$name: $statusCode', async ({ again, statusCode, stale }) => {
    const { alice, bob } = await open();
    const first = write(alice, { method: 'MESSAGE' });
    alice.send(first);
    const challenged = await alice.final(first);
    const second = answered(alice, parsed(first), challenged, 'alice');
    alice.send(second);
    bob.reply(await bob.request('MESSAGE'), 200);
    await alice.final(second);
    const third = answered(alice, parsed(first), challenged, 'alice', again);
    alice.send(third);
    if (statusCode === 200) bob.reply(await bob.request('MESSAGE'), 200);
    const response = await alice.final(third);
    expect(response.statusCode).toBe(statusCode);
    expect(/stale=true/i.test(response.value(Header.ProxyAuthenticate) ?? '')).toBe(stale);
  });

  it('a nonce of an edge that can not be asked is stale', async () => {
    const { alice } = await open();
    const other = await RunningEdge.open({ owning: twoTenants(), edgeId: 'edge-2' });
    try {
      const elsewhere = await other.peer();
      const there = write(elsewhere, { method: 'MESSAGE' });
      elsewhere.send(there);
      const challenged = await elsewhere.final(there);
      const here = answered(alice, parsed(there), challenged, 'alice');
      alice.send(here);
      const response = await alice.final(here);
      expect([response.statusCode, /stale=true/i.test(response.value(Header.ProxyAuthenticate) ?? '')]).toEqual([
        407,
        true,
      ]);
    } finally {
      await other.close();
    }
  });

  it('credentials for other realms go on', async () => {
    const { alice, bob } = await open();
    const foreign =
      'Digest username="a", realm="elsewhere", nonce="n", uri="sip:x", response="00112233445566778899aabbccddeeff"';
    await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', headers: [['Proxy-Authorization', foreign]] }));
    expect((await bob.request('MESSAGE')).values(Header.ProxyAuthorization)).toEqual([foreign]);
  });

  it('never challenges an ACK or a CANCEL', async () => {
    const { alice } = await open();
    const ack = write(alice, { method: 'ACK' });
    const cancel = write(alice, { method: 'CANCEL' });
    alice.send(ack);
    alice.send(cancel);
    expect((await alice.final(cancel)).statusCode).toBe(481);
    await alice.settled();
    expect(alice.left).toEqual([]);
  });

  it('malformed credentials are a bad request', async () => {
    const { alice } = await open();
    const text = write(alice, {
      method: 'MESSAGE',
      headers: [['Proxy-Authorization', 'Digest realm="example.com", username="alice"']],
    });
    alice.send(text);
    expect((await alice.final(text)).statusCode).toBe(400);
  });

  it('a tenant that is disabled has no callers', async () => {
    const { alice } = await open({ enabled: false });
    const text = write(alice, { method: 'MESSAGE' });
    alice.send(text);
    expect((await alice.final(text)).statusCode).toBe(403);
  });

  it('a subscriber who is disabled has no password', async () => {
    const { alice, edge: running } = await open();
    running.owning.subscribers.set('acme alice', subscriberOf(acme, 'alice', { enabled: false }));
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE' }));
    expect((await outcome(alice, sent)).statusCode).toBe(407);
  });
});

describe('identities', () => {
  it.each([
    { name: 'the own one', from: 'sip:alice@example.com', statusCode: 480 },
    { name: 'the own one under an alias', from: 'sip:alice@acme.test', statusCode: 480 },
    { name: 'the own one in another spelling', from: 'sip:%61lice@EXAMPLE.com;x=y', statusCode: 480 },
    { name: 'somebody else’s', from: 'sip:bob@example.com', statusCode: 403 },
    { name: 'nobody’s', from: 'sip:nobody@example.com', statusCode: 403 },
    { name: 'the domain’s', from: 'sip:example.com', statusCode: 403 },
  ])('alice calls as $name: $statusCode', async ({ from, statusCode }) => {
    const { alice, edge: running } = await open();
    const seen: string[] = [];
    running.bus.subscribe(securityEvents.pattern(), ({ data }) => {
      seen.push(securityEvents.decode(data)?.event?.$case ?? '');
    });
    const text = write(alice, { method: 'MESSAGE', uri: 'sip:carol@example.com', from: `<${from}>;tag=1` });
    expect((await outcome(alice, await sendAs(alice, 'alice', text))).statusCode).toBe(statusCode);
    const expected = statusCode === 403 ? ['identityRefused'] : [];
    await eventually('the event', () => seen.length === expected.length);
    expect(seen).toEqual(expected);
  });

  it('a REGISTER is about its To', async () => {
    const { alice } = await open({}, { services: registrar });
    const text = write(alice, { method: 'REGISTER', uri: 'sip:example.com', to: '<sip:bob@example.com>' });
    expect((await outcome(alice, await sendAs(alice, 'alice', text))).statusCode).toBe(403);
  });

  it('a wrong password is told to whoever watches', async () => {
    const { alice, edge: running } = await open();
    const seen: unknown[] = [];
    running.bus.subscribe(securityEvents.pattern('acme'), ({ data }) => {
      seen.push(securityEvents.decode(data)?.event);
    });
    const first = write(alice, { method: 'MESSAGE' });
    alice.send(first);
    alice.send(answered(alice, parsed(first), await alice.final(first), 'alice', { password: 'guess' }));
    await eventually('the event', () => seen.length > 0);
    expect(seen).toMatchObject([{ $case: 'authenticationFailed', value: { username: 'alice' } }]);
    expect(running.log.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('wrong password or unknown user alice'),
    );
  });
});
