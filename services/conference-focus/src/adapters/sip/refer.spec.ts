import type { Subscription } from '@ringdown/sip-dialog';
import { Header, type HeaderField } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoomSettings } from '../../domain/room-settings.js';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import { audioSdp, type FocusPhone } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import type { PodConferences } from '../../use-cases/conferences.js';

const room = 'sip:sales@acme.test';
let under: FocusUnderTest<PodConferences>;
let fixture: ConferenceFixture;

async function begin(settings: Partial<RoomSettings> = {}): Promise<FocusPhone> {
  fixture = new ConferenceFixture({ video: false, ...settings });
  under = new FocusUnderTest(fixture.conferences);
  fixture.dialOut.invite = (request) => under.focus.invite(request);
  return joins('alice');
}

async function joins(user: string): Promise<FocusPhone> {
  const phone = under.phone(user);
  phone.invite(room);
  await under.settle();
  return phone;
}

afterEach(() => under.close());

/** A phone that is called: it rings, and then does what it is told. */
function answering(user: string, does: 'answers' | 'rings' | number): FocusPhone {
  const phone = under.phone(user);
  phone.react = (effect) => {
    if (effect.type !== 'incoming') return;
    const { call } = effect;
    phone.driver.act((now) => {
      call.ring(now);
      if (does === 'answers') call.accept(now, { contentType: 'application/sdp', body: audioSdp(4_100) });
      else if (does !== 'rings') call.reject(does);
    });
  };
  under.callsGoTo = phone;
  return phone;
}

async function refers(
  phone: FocusPhone,
  to: string,
  options: { inCall?: boolean; headers?: readonly HeaderField[]; isAuthenticated?: boolean } = {},
): Promise<Subscription<Flow>> {
  const { inCall = true, headers = [], isAuthenticated = true } = options;
  const wanted = {
    method: 'REFER',
    event: 'refer',
    expiresSec: 300,
    contact: phone.contact,
    headers: [[Header.ReferTo, to], ...headers],
  } as const;
  const where = inCall ? phone.session.dialog : phone.initial(room, {}, isAuthenticated);
  const subscription = phone.driver.act((now) => phone.driver.core.subscribe(now, wanted, where));
  await under.settle();
  return subscription;
}

/** The status lines that a phone was told, and how its subscription stands after them. */
function told(phone: FocusPhone): { lines: string[]; state: string | undefined } {
  const notifies = phone.received.filter(({ method }) => method === 'NOTIFY');
  return {
    lines: notifies.map(({ body }) => body.trim()),
    state: notifies.at(-1)?.value(Header.SubscriptionState),
  };
}

function usersIn(): string[] {
  return fixture.conference.roster().users.map(({ entity }) => entity);
}

describe('REFER: the focus is asked to add somebody (RFC 4579 §5)', () => {
  it('calls out with an offer as a focus, tells how it goes, and lets in who answers', async () => {
    const alice = await begin();
    const bob = answering('bob', 'answers');
    await refers(alice, '"Bob B" <sip:bob@acme.test>');
    await under.settle();
    const { request } = bob.last('incoming').call.transaction;
    expect(request.requestUri).toBe('sip:bob@acme.test');
    expect(request.from.uri).toBe(room);
    expect(request.value(Header.Contact)).toBe(`<${room}>;isfocus`);
    expect(request.value(Header.ReferredBy)).toBe('<sip:alice@acme.test>');
    expect(request.value(Header.SessionExpires)).toBe('1800');
    expect(request.values(Header.Supported)).toHaveLength(1);
    expect(request.body).toContain('RTP/AVP 111 9 8 0 101 110');
    expect(bob.types()).toContain('acknowledged');
    expect(told(alice)).toEqual({
      lines: ['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK'],
      state: 'terminated;reason=noresource',
    });
    const [, added] = fixture.conference.roster().users;
    expect(added).toMatchObject({
      entity: 'sip:bob@acme.test',
      displayName: 'Bob B',
      endpoints: [{ status: 'connected', joiningMethod: 'dialed-out', invitedBy: 'sip:alice@acme.test' }],
    });
    expect(fixture.mixer.room.media.size).toBe(2);
  });

  it('tells what the far side has answered', async () => {
    const alice = await begin();
    answering('bob', 486);
    await refers(alice, '<sip:bob@acme.test>');
    await under.settle();
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 486 Busy Here');
    expect(under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
    expect(fixture.mixer.room.members.size).toBe(1);
  });

  it('shows who is being called in the roster, and gives up when nobody answers', async () => {
    const alice = await begin();
    const bob = answering('bob', 'rings');
    await refers(alice, '<sip:bob@acme.test>');
    expect(fixture.conference.roster().users[1]?.endpoints[0]?.status).toBe('alerting');
    await under.pass(121_000);
    expect(bob.types()).toContain('cancelled');
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 487 Request Terminated');
    expect(under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  });

  it('stops ringing when the conference ends', async () => {
    const alice = await begin();
    const bob = answering('bob', 'rings');
    await refers(alice, '<sip:bob@acme.test>');
    await fixture.conference.control({ kind: 'operator' }, { type: 'end' });
    await under.pass(1_000);
    expect(bob.types()).toContain('cancelled');
    expect(alice.types()).toContain('ended');
    expect(under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });

  it('makes no subscription where none is wanted (RFC 4488)', async () => {
    const alice = await begin();
    const bob = answering('bob', 'answers');
    const subscription = await refers(alice, '<sip:bob@acme.test>', { headers: [['Refer-Sub', 'false']] });
    await under.settle();
    expect(alice.last('subscriptionAnswered').response.statusCode).toBe(202);
    expect(alice.last('subscriptionAnswered').response.named('Refer-Sub')).toEqual(['false']);
    expect(told(alice).lines).toEqual([]);
    expect(bob.types()).toContain('acknowledged');
    expect(subscription.callId).toBe(alice.session.dialog.callId);
  });

  it('is done outside of a call for a member who has proved who it is, and for nobody else', async () => {
    await begin();
    const bob = answering('bob', 'answers');
    const other = under.phone('alice');
    await refers(other, '<sip:bob@acme.test>', { inCall: false, isAuthenticated: false });
    expect(other.last('subscriptionEnded').statusCode).toBe(403);
    const mallory = under.phone('mallory');
    await refers(mallory, '<sip:bob@acme.test>', { inCall: false });
    expect(mallory.last('subscriptionEnded').statusCode).toBe(403);
    expect(bob.types()).toEqual([]);
    await refers(other, '<sip:bob@acme.test>', { inCall: false });
    under.callsGoTo = undefined;
    await under.settle();
    expect(bob.types()).toContain('incoming');
  });

  it('passes on whose place the new call takes (Replaces in Refer-To)', async () => {
    const alice = await begin();
    const bob = answering('bob', 'answers');
    await refers(alice, '<sip:bob@acme.test;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>');
    const { request } = bob.last('incoming').call.transaction;
    expect(request.requestUri).toBe('sip:bob@acme.test');
    expect(request.value(Header.Replaces)).toBe('a@b;to-tag=1;from-tag=2');
    expect(request.value(Header.Subject)).toBeUndefined();
  });

  it('asks for longer sessions where the phone wants them (RFC 4028 §7.3)', async () => {
    const alice = await begin();
    const bob = answering('bob', 'rings');
    let asked = 0;
    bob.react = (effect) => {
      if (effect.type !== 'incoming') return;
      asked += 1;
      const { call } = effect;
      if (asked === 1) bob.driver.act(() => call.reject(422, { headers: [[Header.MinSe, '3600']] }));
      else bob.driver.act((now) => call.accept(now, { contentType: 'application/sdp', body: audioSdp(4_100) }));
    };
    await refers(alice, '<sip:bob@acme.test>');
    await under.settle();
    expect(bob.last('incoming').call.transaction.request.value(Header.SessionExpires)).toBe('3600');
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 200 OK');
    expect(under.focus.calls.size).toEqual({ sessions: 2, invites: 0 });
  });

  it('hangs up where the answer can’t be used', async () => {
    const alice = await begin();
    const bob = answering('bob', 'rings');
    bob.react = (effect) => {
      if (effect.type === 'incoming') bob.driver.act((now) => void effect.call.accept(now));
    };
    await refers(alice, '<sip:bob@acme.test>');
    await under.settle();
    expect(bob.last('ended').cause).toBe('bye-received');
    expect(told(alice).lines.at(-1)).toContain('SIP/2.0 488');
    expect(under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  });

  it.each<[what: string, to: string, statusCode: number]>([
    ['a foreign scheme', '<https://evil.test/>', 403],
    ['two targets', '<sip:a@acme.test>, <sip:b@acme.test>', 400],
    ['what is no URI', '<:>', 400],
    ['another method', '<sip:bob@acme.test;method=SUBSCRIBE>', 403],
    ['one to remove who isn’t there', '<sip:zoe@acme.test;method=BYE>', 404],
  ])('refuses %s', async (_what, to, statusCode) => {
    const alice = await begin();
    const bob = answering('bob', 'answers');
    await refers(alice, to);
    expect(alice.last('subscriptionAnswered').response.statusCode).toBe(statusCode);
    expect(bob.types().includes('incoming')).toBe(false);
    expect(usersIn()).toEqual(['sip:alice@acme.test']);
  });

  it('doesn’t call itself', async () => {
    const alice = await begin();
    await refers(alice, `<${room}>`);
    await under.settle();
    expect(told(alice).lines.at(-1)).toContain('SIP/2.0 482');
  });
});

describe('REFER with method=BYE: the focus is asked to remove somebody (RFC 4579 §5)', () => {
  it('is done for a moderator', async () => {
    const alice = await begin({ moderators: ['sip:alice@acme.test'] });
    const bob = await joins('bob');
    await refers(alice, '<sip:bob@acme.test;method=BYE>');
    await under.pass(1_000);
    expect(bob.last('ended').cause).toBe('bye-received');
    expect(bob.lastRequest('BYE').value(Header.Reason)).toContain('SIP;cause=');
    expect(told(alice)).toEqual({
      lines: ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'],
      state: 'terminated;reason=noresource',
    });
  });

  it('is refused to a member who isn’t one, but for itself', async () => {
    const alice = await begin();
    const bob = await joins('bob');
    await refers(alice, '<sip:bob@acme.test;method=BYE>');
    expect(alice.last('subscriptionEnded').statusCode).toBe(403);
    expect(bob.types()).not.toContain('ended');
    await refers(bob, '<sip:bob@acme.test;method=BYE>');
    await under.pass(1_000);
    expect(bob.types()).toContain('ended');
    expect(alice.types()).not.toContain('ended');
  });

  it('of the conference itself ends it for everybody', async () => {
    const alice = await begin({ moderators: ['sip:alice@acme.test'] });
    const bob = await joins('bob');
    await refers(bob, `<${room};method=BYE>`);
    expect(bob.last('subscriptionEnded').statusCode).toBe(403);
    await refers(alice, `<${room};method=BYE>`);
    await under.pass(1_000);
    expect([alice, bob].every((phone) => phone.types().includes('ended'))).toBe(true);
    expect(under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
  });
});
