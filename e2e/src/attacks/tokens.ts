import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Attacked, addressOf, loginOf, showsFlowToken } from './attacked.js';
import { flipped, forged, type InCall, random, SealedCall } from './sealed-call.js';

/** Declares what is tried with the tokens in Record-Route. */
export function tokenAttacks(attacked: () => Attacked): void {
  let [call, other]: (SealedCall | undefined)[] = [];
  const underWay = (): readonly [SealedCall, SealedCall] => {
    if (call === undefined || other === undefined) throw new Error('no calls are under way');
    return [call, other];
  };

  describe('a sealed route that is not this call’s opens nothing', () => {
    beforeAll(async () => {
      const { anna, ben } = attacked();
      call = await SealedCall.begin(anna, ben);
      other = await SealedCall.begin(anna, ben);
    });
    afterAll(async () => {
      const { anna, ben } = attacked();
      for (const each of underWay()) {
        each.dialog.request('BYE');
        ben.respond(await ben.receive('BYE'), 200, 'OK');
        await anna.receive('200 BYE');
      }
    });

    it.each<{ name: string; from: (call: SealedCall) => Partial<InCall> }>([
      { name: 'as it was given', from: () => ({}) },
      {
        name: 'with its two Route values the other way round',
        from: ({ routes }) => ({ routes: routes.toReversed() }),
      },
      {
        name: 'with only the value that has the token',
        from: ({ routes, token }) => ({ routes: routes.filter((route) => route.includes(token)) }),
      },
      {
        name: 'with a Request-URI at a third party’s place',
        from: () => ({ requestUri: `sip:ben@${attacked().victim.hostPort}` }),
      },
      {
        name: 'with a Route to a third party behind it',
        from: ({ routes }) => ({ routes: [...routes, `<sip:${attacked().victim.hostPort};lr>`] }),
      },
      {
        name: 'in the Request-URI, as a strict router’s, before a Route to a third party',
        from: ({ routes, token }) => ({
          requestUri: /<(.*)>/.exec(routes.find((route) => route.includes(token)) ?? '')?.[1] ?? '',
          routes: [`<sip:ben@${attacked().victim.hostPort}>`],
        }),
      },
    ])('from the caller’s own address, $name: the callee gets it, and nobody else', async ({ from }) => {
      const { anna, ben, edge, victim } = attacked();
      const [sealed] = underWay();
      anna.send(sealed.write('INFO', from(sealed)), edge);
      ben.respond(await ben.receive('INFO'), 200, 'OK');
      await anna.receive('200 INFO');
      expect(await victim.settled()).toEqual([]);
    });

    it.each<{ name: string; from: (call: SealedCall, other: SealedCall) => Partial<InCall>; method?: string }>([
      { name: 'random bytes', from: (it) => ({ routes: it.routesWith(random(it.token)) }) },
      { name: 'a token of another key', from: (it) => ({ routes: it.routesWith(forged(it)) }) },
      { name: 'a bit of the key’s id', from: (it) => ({ routes: it.routesWith(flipped(it.token, 'key id')) }) },
      { name: 'a bit of the nonce', from: (it) => ({ routes: it.routesWith(flipped(it.token, 'nonce')) }) },
      { name: 'a bit of the payload', from: (it) => ({ routes: it.routesWith(flipped(it.token, 'payload')) }) },
      { name: 'a bit of the tag', from: (it) => ({ routes: it.routesWith(flipped(it.token, 'tag')) }) },
      { name: 'a token cut short', from: (it) => ({ routes: it.routesWith(it.token.slice(0, -8)) }) },
      { name: 'a token with something behind it', from: (it) => ({ routes: it.routesWith(`${it.token}AAAA`) }) },
      { name: 'a token too long', from: (it) => ({ routes: it.routesWith(it.token + 'A'.repeat(400)) }) },
      { name: 'no token', from: (it) => ({ routes: it.routes.filter((route) => !route.includes(it.token)) }) },
      { name: 'no Route at all', from: () => ({ routes: [] }) },
      { name: 'the token of another call of the same two', from: (_, of) => ({ routes: of.routes }) },
      { name: 'another Call-ID', from: () => ({ callId: 'another-call' }) },
      { name: 'another tag of the caller’s', from: (it) => ({ from: it.from.replace(/tag=.*/, 'tag=another') }) },
      { name: 'no tag of the callee’s', from: (it) => ({ to: it.to.replace(/;tag=.*/, '') }) },
      {
        name: 'no tag of the callee’s, in an INVITE',
        from: (it) => ({ to: it.to.replace(/;tag=.*/, '') }),
        method: 'INVITE',
      },
      {
        name: 'the token in a Request-URI of the edge’s, alone',
        from: (it) => ({ requestUri: `sip:${it.token}@${attacked().edge.host}:${attacked().edge.port}`, routes: [] }),
      },
      {
        name: 'the token as a user of the domain’s',
        from: (it) => ({ requestUri: `sip:${it.token}@acme.test`, routes: [] }),
      },
    ])('from the caller’s own address, $name: challenged as any other request', async ({ from, method = 'INFO' }) => {
      const { anna, ben, edge, victim } = attacked();
      const [sealed, another] = underWay();
      const sent = anna.send(sealed.write(method, from(sealed, another)), edge);
      const challenge = await anna.receive(`407 ${method}`);
      if (method === 'INVITE') anna.acknowledge(sent, challenge);
      expect(await victim.settled()).toEqual([]);
      ben.nothingUnread();
    });

    it.each(['BYE', 'INFO', 'INVITE', 'UPDATE'])(
      'the whole of it sent by another host: a %s is challenged',
      async (method) => {
        const { ben, mallory, edge } = attacked();
        const [{ callId, from, to, routes, remoteTarget }] = underWay();
        const headers = routes.map((route) => ['Route', route] as const);
        const stolen = { callId, from, to, headers, cseq: 900 };
        const answer = await mallory.ask(edge, method, remoteTarget, stolen);
        expect(answer.statusCode).toBe(407);
        // Who has a login proves to be somebody else than the caller.
        const asMallory = await mallory.ask(edge, method, remoteTarget, { ...stolen, cseq: 902 }, loginOf('mallory'));
        expect(asMallory.statusCode).toBe(403);
        ben.nothingUnread();
      },
    );

    it('an ACK without the sealed route, from anybody, is for nobody', async () => {
      const { ben, mallory, edge } = attacked();
      const [{ callId, from, to, remoteTarget }] = underWay();
      await mallory.settled();
      mallory.send(mallory.write('ACK', remoteTarget, { callId, from, to }), edge);
      expect(await mallory.settled()).toEqual([]);
      ben.nothingUnread();
    });
  });

  it('after the call has ended its token is no better', async () => {
    const { anna, ben, mallory, edge } = attacked();
    const ended = await SealedCall.begin(anna, ben);
    ended.dialog.request('BYE');
    ben.respond(await ben.receive('BYE'), 200, 'OK');
    await anna.receive('200 BYE');
    const headers = ended.routes.map((route) => ['Route', route] as const);
    const { callId, from, to, remoteTarget } = ended;
    const answer = await mallory.ask(edge, 'BYE', remoteTarget, { callId, from, to, headers, cseq: 900 });
    expect(answer.statusCode).toBe(407);
    ben.nothingUnread();
  });

  it('no message shows how the platform names its flows', async () => {
    const { anna, ben, mallory, edge } = attacked();
    const call = await SealedCall.begin(anna, ben);
    call.dialog.request('BYE');
    ben.respond(await ben.receive('BYE'), 200, 'OK');
    await anna.receive('200 BYE');
    const registered = { from: addressOf('mallory'), to: `<${addressOf('mallory')}>` };
    await mallory.ask(edge, 'REGISTER', 'sip:acme.test', registered, loginOf('mallory'));
    const seen = [...anna.everything, ...ben.everything, ...(await mallory.settled())];
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter(showsFlowToken)).toEqual([]);
  });
}
