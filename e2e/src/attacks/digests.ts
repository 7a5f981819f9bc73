import { type events, securityEvents } from '@ringdown/contracts';
import { NatsBus, silentLogger } from '@ringdown/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostPort } from '../peers/recording-relay.js';
import type { WireMessage } from '../peers/wire-message.js';
import { credentials, type DigestChallenge, readChallenge } from '../rfc3665/digest.js';
import { type Attacked, addressOf, loginOf, tenantId } from './attacked.js';

const uri = 'sip:acme.test';

/** Declares what is tried with nonces and passwords. */
export function digestAttacks(attacked: () => Attacked): void {
  describe('digest', () => {
    const seen: events.SecurityEvent[] = [];
    let bus: NatsBus;
    beforeAll(async () => {
      bus = await NatsBus.connect({ url: attacked().apart.nats.url, name: 'guard', logger: silentLogger() });
      bus.subscribe(securityEvents.pattern(tenantId), ({ data }) => {
        const event = securityEvents.decode(data);
        if (event !== undefined) seen.push(event);
      });
      await bus.flush();
    });
    afterAll(() => bus.close());

    const ask = (edge: HostPort, headers: readonly (readonly [string, string])[] = []): Promise<WireMessage> => {
      const address = addressOf('mallory');
      return attacked().mallory.ask(edge, 'REGISTER', uri, { from: address, to: `<${address}>`, headers });
    };
    const challenge = async (): Promise<DigestChallenge> =>
      readChallenge((await ask(attacked().edge)).lines('WWW-Authenticate'));
    const answer = (to: DigestChallenge, nonceCount = 1, login = loginOf('mallory')) =>
      ['Authorization', credentials(to, login, { method: 'REGISTER', uri, nonceCount })] as const;

    it('a nonce serves at both edges, and each of its counts once on the platform', async () => {
      const { edge, otherEdge } = attacked();
      const known = await challenge();
      const [first, second] = [answer(known, 1), answer(known, 2)];
      const asked = [
        { at: edge, with: first, expected: 200 },
        { at: edge, with: first, expected: 401 },
        { at: otherEdge, with: first, expected: 401 },
        { at: otherEdge, with: second, expected: 200 },
        { at: edge, with: second, expected: 401 },
      ];
      const got: (number | undefined)[] = [];
      for (const { at, with: header } of asked) got.push((await ask(at, [header])).statusCode);
      expect(got).toEqual(asked.map(({ expected }) => expected));
    });

    it.each([
      { name: 'made up', change: () => 'a-nonce-of-my-own' },
      {
        name: 'of another time',
        change: (nonce: string) => nonce.replace(/^1\.(.)/, (_, first) => `1.${first === 'a' ? 'b' : 'a'}`),
      },
      { name: 'of another edge', change: (nonce: string) => nonce.replace('.edge-1.', '.edge-2.') },
      { name: 'with another seal', change: (nonce: string) => nonce.replace(/.{4}$/, 'AAAA') },
    ])('a nonce that is $name is none', async ({ change }) => {
      const known = await challenge();
      const changed = change(known.nonce);
      expect(changed).not.toBe(known.nonce);
      expect((await ask(attacked().edge, [answer({ ...known, nonce: changed })])).statusCode).toBe(401);
    });

    it.each([
      {
        name: 'a wrong password',
        login: { username: 'mallory', password: 'wrong' },
        status: 401,
        event: 'authenticationFailed',
      },
      { name: 'somebody else’s login', login: loginOf('ben'), status: 403, event: 'identityRefused' },
    ])('$name is refused, and guards hear of it', async ({ login, status, event }) => {
      seen.length = 0;
      const refused = await ask(attacked().edge, [answer(await challenge(), 1, login)]);
      expect(refused.statusCode).toBe(status);
      const heard = () => seen.map((each) => ({ kind: each.event?.$case, from: each.sourceHost }));
      await expect
        .poll(heard, { timeout: 5_000 })
        .toContainEqual({ kind: event, from: attacked().mallory.address.host });
    });
  });
}
