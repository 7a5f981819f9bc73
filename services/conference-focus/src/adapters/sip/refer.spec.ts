import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoomSettings } from '../../domain/room-settings.js';
import { audioSdp, type FocusPhone } from '../../testing/focus-phone.js';
import { ReferStage, room, told } from '../../testing/refer-stage.js';

let stage: ReferStage;

async function begin(settings: Partial<RoomSettings> = {}): Promise<FocusPhone> {
  stage = new ReferStage(settings);
  return stage.joins('alice');
}

afterEach(() => stage.under.close());

function usersIn(): string[] {
  return stage.fixture.conference.roster().users.map(({ entity }) => entity);
}

describe('REFER: the focus is asked to add somebody (RFC 4579 §5)', () => {
  it('calls out with an offer as a focus, tells how it goes, and lets in who answers', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'answers');
    await stage.refers(alice, '"Bob B" <sip:bob@acme.test>');
    await stage.under.settle();
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
    const [, added] = stage.fixture.conference.roster().users;
    expect(added).toMatchObject({
      entity: 'sip:bob@acme.test',
      displayName: 'Bob B',
      endpoints: [{ status: 'connected', joiningMethod: 'dialed-out', invitedBy: 'sip:alice@acme.test' }],
    });
    expect(stage.fixture.mixer.room.media.size).toBe(2);
  });

  it('tells what the far side has answered', async () => {
    const alice = await begin();
    stage.answering('bob', 486);
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.under.settle();
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 486 Busy Here');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
    expect(stage.fixture.mixer.room.members.size).toBe(1);
  });

  it('shows who is being called in the roster, and gives up when nobody answers', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'rings');
    await stage.refers(alice, '<sip:bob@acme.test>');
    expect(stage.fixture.conference.roster().users[1]?.endpoints[0]?.status).toBe('alerting');
    await stage.under.pass(121_000);
    expect(bob.types()).toContain('cancelled');
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 487 Request Terminated');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  });

  it('stops ringing when the conference ends', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'rings');
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.fixture.conference.control({ kind: 'operator' }, { type: 'end' });
    await stage.under.pass(1_000);
    expect(bob.types()).toContain('cancelled');
    expect(alice.types()).toContain('ended');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 0, invites: 0 });
  });

  it('makes no subscription where none is wanted (RFC 4488)', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'answers');
    const subscription = await stage.refers(alice, '<sip:bob@acme.test>', { headers: [['Refer-Sub', 'false']] });
    await stage.under.settle();
    expect(alice.last('subscriptionAnswered').response.statusCode).toBe(202);
    expect(alice.last('subscriptionAnswered').response.named('Refer-Sub')).toEqual(['false']);
    expect(told(alice).lines).toEqual([]);
    expect(bob.types()).toContain('acknowledged');
    expect(subscription.callId).toBe(alice.session.dialog.callId);
  });

  it('is done outside of a call for a member who has proved who it is, and for nobody else', async () => {
    await begin();
    const bob = stage.answering('bob', 'answers');
    const other = stage.under.phone('alice');
    await stage.refers(other, '<sip:bob@acme.test>', { inCall: false, isAuthenticated: false });
    expect(other.last('subscriptionEnded').statusCode).toBe(403);
    const mallory = stage.under.phone('mallory');
    await stage.refers(mallory, '<sip:bob@acme.test>', { inCall: false });
    expect(mallory.last('subscriptionEnded').statusCode).toBe(403);
    expect(bob.types()).toEqual([]);
    await stage.refers(other, '<sip:bob@acme.test>', { inCall: false });
    stage.under.callsGoTo = undefined;
    await stage.under.settle();
    expect(bob.types()).toContain('incoming');
  });

  it('passes on whose place the new call takes (Replaces in Refer-To)', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'answers');
    await stage.refers(alice, '<sip:bob@acme.test;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>');
    const { request } = bob.last('incoming').call.transaction;
    expect(request.requestUri).toBe('sip:bob@acme.test');
    expect(request.value(Header.Replaces)).toBe('a@b;to-tag=1;from-tag=2');
    expect(request.value(Header.Subject)).toBeUndefined();
  });

  it('asks for longer sessions where the phone wants them (RFC 4028 §7.3)', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'rings');
    let asked = 0;
    bob.react = (effect) => {
      if (effect.type !== 'incoming') return;
      asked += 1;
      const { call } = effect;
      if (asked === 1) bob.driver.act(() => call.reject(422, { headers: [[Header.MinSe, '3600']] }));
      else bob.driver.act((now) => call.accept(now, { contentType: 'application/sdp', body: audioSdp(4_100) }));
    };
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.under.settle();
    expect(bob.last('incoming').call.transaction.request.value(Header.SessionExpires)).toBe('3600');
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 200 OK');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 2, invites: 0 });
  });

  it('offers SRTP to a phone that takes nothing else', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'rings');
    const key = Buffer.alloc(30, 9).toString('base64');
    const answer = audioSdp(4_100, [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`]).replace('RTP/AVP', 'RTP/SAVP');
    bob.react = (effect) => {
      if (effect.type !== 'incoming') return;
      const { call } = effect;
      bob.driver.act((now) => {
        if (!call.transaction.request.body.includes('RTP/SAVP')) call.reject(488);
        else call.accept(now, { contentType: 'application/sdp', body: answer });
      });
    };
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.under.settle();
    expect(told(alice).lines.at(-1)).toBe('SIP/2.0 200 OK');
    const [, media] = [...stage.fixture.mixer.room.media.values()];
    expect(media?.audio?.srtp?.suite).toBe('AES_CM_128_HMAC_SHA1_80');
  });

  it('gives up where a phone refuses both', async () => {
    const alice = await begin();
    stage.answering('bob', 488);
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.under.settle();
    expect(told(alice).lines.at(-1)).toContain('SIP/2.0 488');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  });

  it('hangs up where the answer can’t be used', async () => {
    const alice = await begin();
    const bob = stage.answering('bob', 'rings');
    bob.react = (effect) => {
      if (effect.type === 'incoming') bob.driver.act((now) => void effect.call.accept(now));
    };
    await stage.refers(alice, '<sip:bob@acme.test>');
    await stage.under.settle();
    expect(bob.last('ended').cause).toBe('bye-received');
    expect(told(alice).lines.at(-1)).toContain('SIP/2.0 488');
    expect(stage.under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  });

  it.each<[what: string, to: string, statusCode: number]>([
    ['a foreign scheme', '<https://evil.test/>', 403],
    ['two targets', '<sip:a@acme.test>, <sip:b@acme.test>', 400],
    ['what is no URI', '<:>', 400],
    ['another method', '<sip:bob@acme.test;method=SUBSCRIBE>', 403],
    ['one to remove who isn’t there', '<sip:zoe@acme.test;method=BYE>', 404],
  ])('refuses %s', async (_what, to, statusCode) => {
    const alice = await begin();
    const bob = stage.answering('bob', 'answers');
    await stage.refers(alice, to);
    expect(alice.last('subscriptionAnswered').response.statusCode).toBe(statusCode);
    expect(bob.types().includes('incoming')).toBe(false);
    expect(usersIn()).toEqual(['sip:alice@acme.test']);
  });

  it('doesn’t call itself', async () => {
    const alice = await begin();
    await stage.refers(alice, `<${room}>`);
    await stage.under.settle();
    expect(told(alice).lines.at(-1)).toContain('SIP/2.0 482');
  });
});
