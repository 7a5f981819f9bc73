import { type BaresipCodec, BaresipPhone, type BaresipPhoneOptions, canRunWith } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { everyOther, hearExactly } from './conference/who-hears-whom.js';
import { type Platform, startPlatform } from './platform.js';

// The ear and the mouth of the conferences' tests, proved by calls without a conference.

const domain = 'demo.ringdown.test';
let platform: Platform;
const phones: BaresipPhone[] = [];

beforeAll(async () => {
  platform = await startPlatform();
});
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
});
afterAll(() => platform?.stop());

async function phone(
  name: string,
  toneHertz: number,
  options: Partial<BaresipPhoneOptions> = {},
): Promise<BaresipPhone> {
  const [address, password] = [`${name}@${domain}`, `${name}-demo`];
  const given = { address, password, proxy: platform.sip, transport: 'UDP', toneHertz, ...options } as const;
  const started = await BaresipPhone.start(given);
  phones.push(started);
  await started.register();
  return started;
}

async function call(caller: BaresipPhone, callee: BaresipPhone): Promise<void> {
  const [from, at] = await Promise.all([caller.mark(), callee.mark()]);
  caller.call(callee.address);
  await Promise.all([caller.established(from), callee.established(at)]);
}

describe.runIf(canRunWith('baresip'))('phones for conferences, in a call of two', () => {
  it.each<[BaresipCodec, boolean]>([
    ['PCMU', false],
    ['PCMA', false],
    ['G722', false],
    ['opus', false],
    ['PCMU', true],
    ['opus', true],
  ])('hear each other by %s, with SRTP: %s', async (codec, secureMedia) => {
    const alice = await phone('alice', 440, { codec, secureMedia });
    const bob = await phone('bob', 670, { codec, secureMedia });
    await call(alice, bob);
    await hearExactly(`${codec}${secureMedia ? ' with SRTP' : ''}`, [alice, bob], everyOther);
    const at = await bob.mark();
    alice.hangUp();
    expect(await bob.ended(at)).toBeTypeOf('string');
  });

  it.runIf(canRunWith('tcpdump') && process.getuid?.() === 0)('hear each other after hold and resume', async () => {
    const alice = await phone('alice', 440, { ear: 'wire' });
    const bob = await phone('bob', 670, { ear: 'wire' });
    await call(alice, bob);
    await hearExactly('at first', [alice, bob], everyOther);
    alice.hold();
    await hearExactly('on hold', [alice, bob], () => false);
    alice.resume();
    await hearExactly('resumed', [alice, bob], everyOther);
    const at = await bob.mark();
    alice.hangUp();
    expect(await bob.ended(at)).toBeTypeOf('string');
  });

  it('a phone that insists on SRTP has no call with one that knows none', async () => {
    const alice = await phone('alice', 440, { secureMedia: true });
    const bob = await phone('bob', 670);
    const from = await alice.mark();
    alice.call(bob.address);
    expect(await alice.ended(from)).toContain('488');
  });
});
