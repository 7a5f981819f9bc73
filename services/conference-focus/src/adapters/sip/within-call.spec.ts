import { afterEach, describe, expect, it } from 'vitest';
import { audioSdp } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';

let under: FocusUnderTest<RecordedConferences>;

afterEach(() => under.close());

describe('within a call', () => {
  async function joined() {
    const conferences = new RecordedConferences();
    under = new FocusUnderTest(conferences);
    const alice = under.phone('alice');
    alice.invite('sip:team@acme.test');
    await under.settle();
    return { alice, member: conferences.last };
  }

  const reoffer = (sdp: string) => ({ contentType: 'application/sdp', body: sdp });

  it.each<[how: string, lines: readonly string[], direction: string, answer: string]>([
    ['sendonly', ['a=sendonly'], 'recvonly', 'a=recvonly'],
    ['inactive', ['a=inactive'], 'inactive', 'a=inactive'],
    ['the unspecified address of RFC 2543', ['c=IN IP4 0.0.0.0'], 'recvonly', 'a=recvonly'],
  ])('is held by %s and resumed (RFC 3264 §8.4)', async (_how, lines, direction, answer) => {
    const { alice, member } = await joined();
    alice.driver.act((now) => alice.session.reinvite(now, reoffer(audioSdp(4_000, lines, 2))));
    await under.settle();
    expect(alice.last('reinvited').response?.body).toContain(answer);
    expect(member.media.at(-1)?.audio?.direction).toBe(direction);
    alice.driver.act((now) => alice.session.reinvite(now, reoffer(audioSdp(4_000, [], 3))));
    await under.settle();
    expect(member.media.at(-1)?.audio?.direction).toBe('sendrecv');
    expect(member.media.at(-1)?.audio?.remote).toEqual({ host: '192.0.2.10', port: 4_000 });
    expect(alice.last('reinvited').response?.body).toMatch(/^o=- \d+ 3 IN IP4 198\.51\.100\.7\r$/m);
  });

  it('keeps its description’s version where nothing has changed, and moves with the phone', async () => {
    const { alice, member } = await joined();
    alice.driver.act((now) => alice.session.reinvite(now, reoffer(audioSdp(4_044, [], 2))));
    await under.settle();
    expect(alice.last('reinvited').response?.body).toMatch(/^o=- \d+ 1 IN/m);
    expect(member.media.at(-1)?.audio?.remote?.port).toBe(4_044);
  });

  it('changes codec, and refuses an offer without one while the call goes on as it was', async () => {
    const { alice, member } = await joined();
    const pcma = audioSdp(4_000, [], 2).replace('AVP 0', 'AVP 8');
    alice.driver.act((now) => alice.session.reinvite(now, reoffer(pcma)));
    await under.settle();
    expect(member.media.at(-1)?.audio?.codec.encoding).toBe('PCMA');
    alice.driver.act((now) => alice.session.reinvite(now, reoffer(pcma.replace('AVP 8', 'AVP 18'))));
    await under.settle();
    expect(alice.last('reinvited').statusCode).toBe(488);
    expect(member.media).toHaveLength(2);
    expect(member.leaving).toBeUndefined();
  });

  it('answers an UPDATE with an offer, and one without (RFC 3311 §5.2)', async () => {
    const { alice, member } = await joined();
    alice.driver.act(() => alice.session.request('UPDATE', reoffer(audioSdp(4_000, ['a=sendonly'], 2))));
    await under.settle();
    expect(alice.last('answered')).toMatchObject({ statusCode: 200 });
    expect(alice.last('answered').response?.body).toContain('a=recvonly');
    expect(member.media.at(-1)?.audio?.direction).toBe('recvonly');
    alice.driver.act(() => alice.session.request('UPDATE'));
    await under.settle();
    expect(alice.last('answered').response?.body).toBe('');
    expect(member.media).toHaveLength(2);
  });

  it('offers what there is already in the answer to an offerless re-INVITE', async () => {
    const { alice, member } = await joined();
    alice.driver.act((now) => alice.session.reinvite(now, {}));
    await under.settle();
    const offer = alice.last('reinvited').response?.body;
    expect(offer).toContain('m=audio 20000 RTP/AVP 0 101 ');
    alice.driver.act(() => alice.session.acknowledge(reoffer(audioSdp(4_008, [], 2))));
    await under.settle();
    expect(member.media.at(-1)?.audio?.remote?.port).toBe(4_008);
    expect(member.leaving).toBeUndefined();
  });

  it.each<[method: string, headers: readonly (readonly [string, string])[], statusCode: number]>([
    ['INFO', [['Info-Package', 'foo']], 469],
    ['INFO', [], 415],
    ['OPTIONS', [], 200],
    ['MESSAGE', [], 405],
  ])('answers %s %j with %i', async (method, headers, statusCode) => {
    const { alice } = await joined();
    alice.driver.act(() => alice.session.request(method, { headers }));
    await under.settle();
    expect(alice.last('answered').statusCode).toBe(statusCode);
  });
});
