import { Header } from '@ringdown/sip-message';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import { audioSdp, type FocusPhone } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import type { PodConferences } from '../../use-cases/conferences.js';

const room = 'sip:sales@acme.test';
let under: FocusUnderTest<PodConferences>;
let fixture: ConferenceFixture;

function begin(): void {
  fixture = new ConferenceFixture({ video: false });
  under = new FocusUnderTest(fixture.conferences);
  fixture.dialOut.invite = (request) => under.focus.invite(request);
}

async function joins(user: string, uri = room): Promise<FocusPhone> {
  const phone = under.phone(user);
  phone.invite(uri);
  await under.settle();
  return phone;
}

afterEach(() => under.close());

describe('the end', () => {
  it('of a conference is a BYE with a reason to each', async () => {
    begin();
    const phones = [await joins('alice'), await joins('bob')];
    await fixture.conference.control({ kind: 'operator' }, { type: 'end', reason: 'It is late' });
    await under.settle();
    for (const phone of phones) {
      expect(phone.lastRequest('BYE').value(Header.Reason)).toMatch(/^SIP;cause=\d{3};text=".+"$/);
      expect(phone.last('ended').cause).toBe('bye-received');
    }
    expect(fixture.mixer.room.isClosed).toBe(true);
  });

  it('of the pod hangs up whoever is there, and waits for what is being decided', async () => {
    begin();
    const alice = await joins('alice');
    const bob = await joins('bob');
    under.focus.hangUpAll({ statusCode: 503, text: 'This pod ends' });
    await under.focus.settled();
    await under.settle();
    expect(alice.lastRequest('BYE').value(Header.Reason)).toBe('SIP;cause=503;text="This pod ends"');
    expect(bob.last('ended').cause).toBe('bye-received');
    expect(under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });
});

describe('nothing is left', { timeout: 30_000 }, () => {
  it('after members have come, held, subscribed, called others and gone in any order', async () => {
    begin();
    const doings = ['join', 'hold', 'subscribe', 'refer', 'leave', 'cancel', 'wait', 'drop'] as const;
    const script = fc.sample(fc.constantFrom(...doings), { numRuns: 200, seed: 5 });
    const phones: FocusPhone[] = [];
    for (const [turn, doing] of script.entries()) {
      const phone = phones[turn % Math.max(1, phones.length)];
      await act(doing, phone, turn, phones);
    }
    const happened = new Set(phones.flatMap((phone) => phone.types()));
    expect([...happened]).toEqual(
      expect.arrayContaining(['established', 'reinvited', 'ended', 'notified', 'incoming', 'failed']),
    );
    under.focus.hangUpAll({ text: 'over' });
    await under.pass(400_000);
    expect(under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
    expect(under.focus.subscriptions.size).toBe(0);
    expect(under.focus.held.paths).toBe(0);
    expect(Object.values(under.stack.size)).toEqual(Object.values(under.stack.size).map(() => 0));
    expect(under.stack.wheel.nextDeadline()).toBeUndefined();
  });
});

async function act(doing: string, phone: FocusPhone | undefined, turn: number, phones: FocusPhone[]): Promise<void> {
  if (phone === undefined || doing === 'join') {
    if (phones.length < 30) phones.push(await joins(`user${turn % 20}`));
    return;
  }
  const session = phone.types().includes('established') ? phone.session : undefined;
  const content = { contentType: 'application/sdp', body: audioSdp(4_000, ['a=sendonly'], turn) };
  phone.driver.act((now) => {
    if (doing === 'hold') session?.reinvite(now, content);
    else if (doing === 'leave') session?.bye(now);
    else if (doing === 'subscribe' && session?.state === 'established')
      phone.driver.core.subscribe(
        now,
        { method: 'SUBSCRIBE', event: 'conference', expiresSec: 60, contact: phone.contact },
        phone.initial(room),
      );
    else if (doing === 'refer' && session?.state === 'established')
      phone.driver.core.subscribe(
        now,
        {
          method: 'REFER',
          event: 'refer',
          expiresSec: 60,
          contact: phone.contact,
          headers: [[Header.ReferTo, `<sip:called${turn}@acme.test>`]],
        },
        session.dialog,
      );
  });
  if (doing === 'cancel') {
    const call = phone.invite(room);
    phone.driver.act((now) => call.cancel(now));
  }
  if (doing === 'drop') phone.link.close();
  if (doing === 'wait') await under.pass(1_500);
  await under.settle();
}
