import { Header, type HeaderField } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { audioSdp, type FocusPhone } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';

const timed: readonly HeaderField[] = [[Header.Supported, 'timer']];
let under: FocusUnderTest<RecordedConferences>;

async function joined(headers: readonly HeaderField[]): Promise<FocusPhone> {
  under = new FocusUnderTest(new RecordedConferences());
  const alice = under.phone('alice');
  alice.invite('sip:team@acme.test', audioSdp(), headers);
  await under.settle();
  return alice;
}

afterEach(() => under.close());

/** Answers refreshes as a phone does that takes re-INVITE only. */
function answersReinvites(phone: FocusPhone, headers: readonly HeaderField[] = []): void {
  phone.react = (effect) => {
    if (effect.type !== 'reinvite') return;
    const answer = { contentType: 'application/sdp', body: audioSdp(4_000, [], 2), headers };
    phone.driver.act((now) => effect.session.answer(now, effect.transaction, 200, answer));
  };
}

describe('session timers (RFC 4028)', () => {
  it('times every call, and leaves the refreshes to a phone that knows them', async () => {
    const alice = await joined([...timed, [Header.SessionExpires, '600']]);
    const { response } = alice.last('established');
    expect(response.value(Header.SessionExpires)).toBe('600;refresher=uac');
    expect(response.value(Header.Require)).toBe('timer');
    await under.pass(300_000);
    alice.driver.act(() =>
      alice.session.request('UPDATE', { headers: [...timed, [Header.SessionExpires, '600;refresher=uac']] }),
    );
    await under.settle();
    expect(alice.last('answered').response?.value(Header.SessionExpires)).toBe('600;refresher=uac');
    await under.pass(500_000);
    expect(under.conferences.last.leaving).toBeUndefined();
    await under.pass(80_000);
    expect(under.conferences.last.leaving).toEqual({ how: 'failed', why: 'the phone did not refresh the session' });
    expect(alice.lastRequest('BYE').value(Header.Reason)).toContain('cause=408');
  });

  it('refuses an interval that is too short', async () => {
    const alice = await joined([...timed, [Header.SessionExpires, '60']]);
    expect(alice.last('failed').statusCode).toBe(422);
    expect(alice.last('failed').response?.value(Header.MinSe)).toBe('90');
    expect(under.conferences.members).toEqual([]);
  });

  it('refreshes by UPDATE where the phone takes it', async () => {
    const alice = await joined([[Header.Allow, 'INVITE, ACK, BYE, UPDATE']]);
    expect(alice.last('established').response.value(Header.SessionExpires)).toBe('1800;refresher=uas');
    alice.refused = new Map([['UPDATE', 200]]);
    await under.pass(900_100);
    expect(alice.lastRequest('UPDATE').value(Header.SessionExpires)).toBe('1800;refresher=uac');
    expect(alice.lastRequest('UPDATE').body).toBe('');
    await under.pass(1_700_000);
    expect(alice.methods().filter((method) => method === 'UPDATE')).toHaveLength(2);
    expect(under.conferences.last.leaving).toBeUndefined();
  });

  it('refreshes by re-INVITE where the phone takes no UPDATE, whatever it said', async () => {
    const alice = await joined([[Header.Allow, 'INVITE, ACK, BYE, UPDATE']]);
    alice.refused = new Map([['UPDATE', 501]]);
    answersReinvites(alice);
    await under.pass(900_100);
    expect(alice.methods()).toEqual(['UPDATE', 'INVITE']);
    expect(alice.lastRequest('INVITE').body).toMatch(/^o=- \d+ 2 IN/m);
    expect(under.conferences.last.media.at(-1)?.audio?.codec.encoding).toBe('PCMU');
    await under.pass(1_700_000);
    expect(under.conferences.last.leaving).toBeUndefined();
  });

  it('asks for more where the phone wants more', async () => {
    const alice = await joined([[Header.Allow, 'UPDATE']]);
    const answers = [422, 200];
    const refuses = alice.driver.onRequest.bind(alice.driver);
    alice.driver.onRequest = (transaction, request, ingress) => {
      if (request.method === 'UPDATE') {
        alice.received.push(request);
        alice.stack.reply(transaction, answers.shift() ?? 200, { headers: [[Header.MinSe, '3600']] });
      } else refuses(transaction, request, ingress);
    };
    await under.pass(900_100);
    expect(alice.methods()).toEqual(['UPDATE', 'UPDATE']);
    expect(alice.lastRequest('UPDATE').value(Header.SessionExpires)).toBe('3600;refresher=uac');
    expect(alice.lastRequest('UPDATE').value(Header.MinSe)).toBe('3600');
  });

  it('finds a dead phone by its silence', async () => {
    const alice = await joined([[Header.Allow, 'UPDATE']]);
    alice.driver.onRequest = () => {};
    // The UPDATE is waited for, and then the BYE.
    await under.pass(900_000 + 2 * 32_000 + 500);
    expect(under.conferences.last.leaving).toEqual({ how: 'failed', why: 'the phone does not answer any more' });
    expect(under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });
});
