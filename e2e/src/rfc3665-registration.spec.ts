import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hopsOf, Recording } from './peers/recording.js';
import { parameterOf, uriIn, type WireMessage } from './peers/wire-message.js';
import { Proxy } from './rfc3665/proxies.js';
import { ScriptedPhone } from './rfc3665/scripted-phone.js';

// The figures' "SIP Server" is two here: the edge, whose wire is recorded, and the registrar behind it. The hop between them lies within the
// process of `npm start` and shows in what a later query answers; the registrar's own tests cover its messages.
// The RFC's examples run over TLS with sips URIs; these run over UDP and TCP with sip URIs.

const tenant = 'biloxi';
const domain = 'biloxi.ringdown.test';
const recording = new Recording();
let proxy: Proxy;
let bob: ScriptedPhone;
let users = 0;

beforeAll(async () => {
  proxy = await Proxy.start({ name: 'server', recording });
  await proxy.put(`/tenants/${tenant}`, { canonicalDomain: domain });
});
afterEach(() => bob.close());
afterAll(() => proxy.stop());

describe.each(['UDP', 'TCP'] as const)('RFC 3665 §2 over %s', (transport) => {
  /** Each test has a Bob of its own, so that none finds another's bindings. */
  async function newBob(): Promise<ScriptedPhone> {
    users += 1;
    const user = `bob${users}`;
    const password = `${user} and nobody else`;
    await proxy.put(`/tenants/${tenant}/subscribers/${user}`, { password });
    bob = await ScriptedPhone.open({ user, domain, password, transport, proxy: proxy.address });
    return bob;
  }

  function register(
    callId: string,
    cseq: number,
    headers: Parameters<typeof bob.compose>[1]['headers'] = [],
  ): WireMessage {
    const request = { requestUri: `sip:${domain}`, to: bob.addressOfRecord, callId, cseq };
    return bob.send(bob.compose('REGISTER', { ...request, headers }));
  }

  /** A REGISTER with credentials for a challenge that was answered before (RFC 3665 §2.2 to §2.4: "the user already has authenticated"). */
  function registerKnown(callId: string, headers: Parameters<typeof bob.compose>[1]['headers'] = []): WireMessage {
    return register(callId, 1, [...headers, ...bob.credentials('REGISTER', `sip:${domain}`)]);
  }

  function callId(): string {
    return `${Math.random().toString(36).slice(2)}@${domain}`;
  }

  function contactsIn(response: WireMessage): readonly string[] {
    return response.list('Contact').map(uriIn).toSorted();
  }

  const challengedOnce = (last: string): readonly string[] => [
    'bob > server REGISTER',
    'server > bob 401 REGISTER',
    'bob > server REGISTER',
    `server > bob ${last}`,
  ];
  const answeredAtOnce = (): readonly string[] => ['bob > server REGISTER', 'server > bob 200 REGISTER'];

  it('RFC 3665 2.1 Successful New Registration', async () => {
    await newBob();
    const id = callId();
    const first = register(id, 1, [bob.contactLine()]);
    const unauthorized = await bob.receive('401 REGISTER');
    const challenge = bob.learn(unauthorized);
    const second = register(id, 2, [bob.contactLine(), ...bob.credentials('REGISTER', `sip:${domain}`)]);
    const ok = await bob.receive('200 REGISTER');

    expect(recording.of(id).hops()).toEqual(hopsOf(challengedOnce('200 REGISTER')));
    expect(challenge.realm).toBe(domain);
    for (const [request, response] of [
      [first, unauthorized],
      [second, ok],
    ] as const) {
      // RFC 3261 §8.2.6.2: Via, From, Call-ID and CSeq come back; To has got a tag. RFC 3581 §4: rport has got its value.
      expect(response.list('Via')).toHaveLength(1);
      expect(parameterOf(response.header('Via'), 'branch')).toBe(parameterOf(request.header('Via'), 'branch'));
      expect(parameterOf(response.header('Via'), 'rport')).toMatch(/^\d+$/);
      expect(parameterOf(response.header('Via'), 'received')).toBe('127.0.0.1');
      expect(response.header('From')).toBe(request.header('From'));
      expect(response.header('CSeq')).toBe(request.header('CSeq'));
      expect(response.toTag).toBeTruthy();
    }
    expect(ok.toTag).not.toBe(unauthorized.toTag);
    expect(contactsIn(ok)).toEqual([bob.contact]);
    expect(parameterOf(ok.header('Contact'), 'expires')).toMatch(/^\d+$/);
    // RFC 3261 §10.3 step 8.
    expect(Date.parse(ok.header('Date'))).toBeGreaterThan(0);
  });

  it('RFC 3665 2.2 Update of Contact List', async () => {
    await newBob();
    await bob.register();
    const id = callId();
    // The RFC adds mailto:bob@biloxi.example.com. The registrar here keeps SIP contacts only, since to nothing else can a request be routed;
    // what is added is another phone.
    const another = 'sip:bob@127.0.0.9:5070';
    registerKnown(id, [bob.contactLine(), ['Contact', `<${another}>;q=0.5`]]);
    const ok = await bob.receive('200 REGISTER');

    expect(recording.of(id).hops()).toEqual(hopsOf(answeredAtOnce()));
    expect(contactsIn(ok)).toEqual([bob.contact, another].toSorted());
    const added = ok.list('Contact').find((contact) => uriIn(contact) === another) ?? '';
    expect(Number(parameterOf(added, 'q'))).toBe(0.5);
  });

  it('RFC 3665 2.3 Request for Current Contact List', async () => {
    await newBob();
    await bob.register();
    const id = callId();
    const query = registerKnown(id);
    const ok = await bob.receive('200 REGISTER');

    expect(recording.of(id).hops()).toEqual(hopsOf(answeredAtOnce()));
    expect(query.has('Contact')).toBe(false);
    expect(contactsIn(ok)).toEqual([bob.contact]);
  });

  it('RFC 3665 2.4 Cancellation of Registration', async () => {
    await newBob();
    await bob.register();
    const id = callId();
    registerKnown(id, [
      ['Contact', '*'],
      ['Expires', '0'],
    ]);
    const ok = await bob.receive('200 REGISTER');
    expect(recording.of(id).hops()).toEqual(hopsOf(answeredAtOnce()));
    expect(ok.has('Contact')).toBe(false);

    // Not only said: nothing is bound any more.
    registerKnown(callId());
    expect((await bob.receive('200 REGISTER')).has('Contact')).toBe(false);
  });

  it('RFC 3665 2.5 Unsuccessful Registration', async () => {
    await newBob();
    const id = callId();
    register(id, 1, [bob.contactLine()]);
    const challenge = bob.learn(await bob.receive('401 REGISTER'));
    register(id, 2, [bob.contactLine(), ...bob.credentials('REGISTER', `sip:${domain}`, 'not the password')]);
    const again = await bob.receive('401 REGISTER');

    expect(recording.of(id).hops()).toEqual(hopsOf(challengedOnce('401 REGISTER')));
    // RFC 7616 §3.3: not stale, since the password was wrong; a fresh nonce all the same.
    expect(again.lines('WWW-Authenticate').some((value) => /stale=true/i.test(value))).toBe(false);
    expect(bob.learn(again).nonce).not.toBe(challenge.nonce);

    // Nothing was bound: the right password finds an empty list.
    registerKnown(callId());
    expect((await bob.receive('200 REGISTER')).has('Contact')).toBe(false);
  });
});
