import { randomBytes } from 'node:crypto';
import { SRTP_SUITES, type SrtpSuite } from '@ringdown/media';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MixerUnderTest } from '../testing/mixer-under-test.js';
import { RtpPhone } from '../testing/rtp-phone.js';

const [a, b] = [425, 850];
// What is waited for comes at the pace of speech.
vi.setConfig({ testTimeout: 20_000 });

let mixer: MixerUnderTest;

beforeEach(() => {
  mixer = new MixerUnderTest();
});

afterEach(() => mixer.close());

async function refusedOf(member: string): Promise<Record<string, number>> {
  return { ...(await mixer.ask({ type: 'statistics', member }))?.refused };
}

describe.each(Object.keys(SRTP_SUITES) as SrtpSuite[])('a phone with %s', (suite) => {
  it('hears and is heard, beside one with plain RTP', async () => {
    const [one, two] = [await mixer.join('one', a, 'IP4', suite), await mixer.join('two', b)];
    await one.hearUntil(() => one.hears(b) > 4000 && two.hears(a) > 4000);
    expect(one.hears(b)).toBeGreaterThan(4000);
    expect(one.hears(a)).toBeLessThan(200);
    expect(two.hears(a)).toBeGreaterThan(4000);
    expect(await refusedOf('one')).toMatchObject({ authentication: 0, replay: 0, source: 0 });
  });
});

describe('what is not authentic', () => {
  it('is refused and counted, and nobody hears it: wrong keys, plain RTP, replays, from anywhere', async () => {
    const [one, two] = [await mixer.join('one', a, 'IP4', 'AES_CM_128_HMAC_SHA1_80'), await mixer.join('two', b)];
    await Promise.all([one.hear(30), two.hear(30)]);
    const [plain, wrong] = [await RtpPhone.open(2000, one.ssrc), await RtpPhone.open(2500, one.ssrc)];
    mixer.phones.push(plain, wrong);
    wrong.protect('AES_CM_128_HMAC_SHA1_80');
    for (const attacker of [plain, wrong]) attacker.target = one.target;
    wrong.sequence = one.sequence;
    for (let round = 0; round < 30; round++) {
      plain.sequence = one.sequence;
      plain.say();
      wrong.say();
      one.again();
      one.again(plain);
      plain.send(randomBytes(50));
      await two.hear(1);
    }
    expect(two.hears(a)).toBeGreaterThan(4000);
    for (const hertz of [2000, 2500]) expect(two.hears(hertz)).toBeLessThan(200);
    const refused = await refusedOf('one');
    // Of sixty each: what comes in one go after the machine stood still is dropped before it is looked at.
    expect(refused['authentication']).toBeGreaterThan(20);
    expect(refused['replay']).toBeGreaterThan(20);
    expect(plain.packets).toBe(0);
  });

  it('does not become so by another offer with the same key, and a new key is a new one', async () => {
    const [one, two] = [await mixer.join('one', a), await mixer.join('two', b)];
    const srtp = one.protect('AEAD_AES_128_GCM');
    mixer.update('one', one, { srtp });
    await one.hear(20);
    one.again();
    mixer.update('one', one, { srtp: { ...srtp, send: srtp.send.slice(), receive: srtp.receive.slice() } });
    await one.hear(20);
    one.again();
    await one.hear(5);
    expect((await refusedOf('one'))['replay']).toBe(2);
    mixer.update('one', one, { srtp: one.protect('AES_CM_128_HMAC_SHA1_32') });
    await one.hearUntil(() => one.hears(b) > 4000 && two.hears(a) > 4000);
    expect(one.hears(b)).toBeGreaterThan(4000);
    expect(two.hears(a)).toBeGreaterThan(4000);
  });
});
