import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../domain/actor.js';
import type { ControlCommand } from '../domain/control-command.js';
import { ConferenceFixture, type Joined } from '../testing/conference-fixture.js';
import { audio } from '../testing/fake-leg.js';

const OPERATOR: Actor = { kind: 'operator', name: 'desk' };

let fixture: ConferenceFixture;
let alice: Joined;
let bob: Joined;
let carol: Joined;

const as = (who: Joined): Actor => ({ kind: 'member', id: who.id });
const control = (actor: Actor, command: ControlCommand) => fixture.conference.control(actor, command);

beforeEach(async () => {
  fixture = new ConferenceFixture({ moderators: ['sip:alice@acme.test'], recording: 'allowed' });
  alice = await fixture.join('alice');
  bob = await fixture.join('bob');
  carol = await fixture.join('carol');
  fixture.events.types();
  fixture.mixer.room.heard.length = 0;
});

describe('who may do what', () => {
  const commands = (): readonly (readonly [ControlCommand, moderator: boolean, self: boolean, other: boolean])[] => [
    [{ type: 'mute', member: bob.id }, true, true, false],
    [{ type: 'unmute', member: bob.id }, true, true, false],
    [{ type: 'deafen', member: bob.id }, true, true, false],
    [{ type: 'undeafen', member: bob.id }, true, true, false],
    [{ type: 'gain', member: bob.id, gainDb: 3 }, true, true, false],
    [{ type: 'raise-hand', member: bob.id }, true, true, false],
    [{ type: 'lower-hand', member: bob.id }, true, true, false],
    [{ type: 'promote', member: bob.id }, true, false, false],
    [{ type: 'demote', member: bob.id }, true, false, false],
    [{ type: 'mute-all' }, true, false, false],
    [{ type: 'unmute-all' }, true, false, false],
    [{ type: 'lock' }, true, false, false],
    [{ type: 'unlock' }, true, false, false],
    [{ type: 'maximum', members: 9 }, true, false, false],
    [{ type: 'invite', target: 'sip:dave@acme.test' }, true, true, true],
    [{ type: 'record-start' }, true, false, false],
    [{ type: 'record-stop' }, true, false, false],
    [{ type: 'kick', member: bob.id }, true, true, false],
  ];
  const ACTORS = [
    ['an operator', () => OPERATOR, () => true],
    ['the focus', (): Actor => ({ kind: 'focus' }), () => true],
    ['a moderator', () => as(alice), (allowed: readonly boolean[]) => allowed[0]],
    [
      'a listed moderator by its address',
      (): Actor => ({ kind: 'user', uri: 'sip:alice@acme.test' }),
      (a: readonly boolean[]) => a[0],
    ],
    ['the member itself', () => as(bob), (allowed: readonly boolean[]) => allowed[1]],
    [
      'the member by its address',
      (): Actor => ({ kind: 'user', uri: 'sip:bob@acme.test' }),
      (a: readonly boolean[]) => a[1],
    ],
    ['another member', () => as(carol), (allowed: readonly boolean[]) => allowed[2]],
    ['a stranger', (): Actor => ({ kind: 'user', uri: 'sip:eve@acme.test' }), () => false],
    ['one who was a member', (): Actor => ({ kind: 'member', id: 'gone' }), () => false],
  ] as const;

  it.each(ACTORS)('%s', async (_, actor, isAllowed) => {
    const outcomes: string[] = [];
    const expected: string[] = [];
    for (const [command, ...allowed] of commands()) {
      const result = await control(actor(), command);
      outcomes.push(`${command.type} ${result.ok || result.failure}`);
      expected.push(`${command.type} ${isAllowed(allowed) ? true : 'forbidden'}`);
    }
    expect(outcomes).toEqual(expected);
  });

  it('a leg that nobody has authenticated gives its address no rights', async () => {
    await fixture.join('eve', { isAuthenticated: false });
    const eve: Actor = { kind: 'user', uri: 'sip:eve@acme.test' };
    expect(await control(eve, { type: 'invite', target: 'tel:+1' })).toMatchObject({ failure: 'forbidden' });
  });

  it.each<[who: string, request: { readonly uri: string; readonly isAuthenticated?: boolean }]>([
    ['another tenant', { uri: 'sip:mallory@evil.test' }],
    ['nobody knows where', { uri: 'sip:mallory@acme.test', isAuthenticated: false }],
    ['a trunk', { uri: 'tel:+4930123456', isAuthenticated: false }],
  ])('a guest from %s has nobody called, unless it is made a moderator', async (_who, request) => {
    const guest = await fixture.join('mallory', request);
    const invite: ControlCommand = { type: 'invite', target: 'tel:+9001234' };
    expect(await control(as(guest), invite)).toMatchObject({ failure: 'forbidden' });
    await control(as(alice), { type: 'promote', member: guest.id });
    expect(await control(as(guest), invite)).toMatchObject({ ok: true });
  });

  it('in a locked room only moderators invite', async () => {
    await control(as(alice), { type: 'lock' });
    const invite: ControlCommand = { type: 'invite', target: 'sip:dave@acme.test' };
    expect(await control(as(bob), invite)).toMatchObject({ failure: 'forbidden' });
    expect(await control(as(alice), invite)).toMatchObject({ ok: true });
  });
});

describe('muting', () => {
  it('silences a member for the others, and tells everybody who watches', async () => {
    await control(as(alice), { type: 'mute', member: bob.id });
    expect(fixture.controls(bob)).toEqual({ muted: true, deaf: false, gainDb: 0, waiting: false });
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'muted-via-focus', muted: true });
    expect(fixture.mixer.room.heard).toEqual([`muted ${bob.id}`]);
    expect(fixture.events.all).toMatchObject([
      {
        type: 'muted',
        member: { memberId: bob.id, uri: 'sip:bob@acme.test' },
        by: 'sip:alice@acme.test',
        room: 'sales',
      },
    ]);
  });

  const UNDOING = [
    ['by itself', () => as(bob), { type: 'mute' }, true],
    ['by a moderator', () => as(alice), { type: 'mute' }, false],
    ['by an operator', () => OPERATOR, { type: 'mute' }, false],
    ['with everybody', () => as(alice), { type: 'mute-all' }, true],
    ['by an operator, deaf', () => OPERATOR, { type: 'deafen' }, false],
    ['by itself, deaf', () => as(bob), { type: 'deafen' }, true],
  ] as const;

  it.each(UNDOING)('one that was muted %s may undo it or not', async (_, actor, { type }, mayUndo) => {
    await control(actor(), type === 'mute-all' ? { type } : { type, member: bob.id });
    const undo = type === 'deafen' ? 'undeafen' : 'unmute';
    expect((await control(as(bob), { type: undo, member: bob.id })).ok).toBe(mayUndo);
    expect(await control(as(alice), { type: undo, member: bob.id })).toEqual({ ok: true });
    expect(fixture.controls(bob)).toMatchObject({ muted: false, deaf: false });
  });

  it('by itself does not weaken what a moderator has done', async () => {
    await control(as(alice), { type: 'mute', member: bob.id });
    await control(as(bob), { type: 'mute', member: bob.id });
    expect(await control(as(bob), { type: 'unmute', member: bob.id })).toMatchObject({ failure: 'forbidden' });
  });

  it('of everybody leaves moderators alone, and those who were muted as they were', async () => {
    await control(as(alice), { type: 'mute', member: bob.id });
    fixture.events.types();
    await control(as(alice), { type: 'mute-all' });
    expect([alice, bob, carol].map((one) => fixture.controls(one)?.muted)).toEqual([false, true, true]);
    expect(fixture.events.types()).toEqual(['muted']);
    expect((await control(as(bob), { type: 'unmute', member: bob.id })).ok).toBe(false);
    await control(as(alice), { type: 'unmute-all' });
    expect([alice, bob, carol].map((one) => fixture.controls(one)?.muted)).toEqual([false, false, false]);
  });
});

describe('other controls', () => {
  it.each([-21, 20.5, Number.NaN, Number.POSITIVE_INFINITY])('a gain of %d dB is refused', async (gainDb) => {
    expect(await control(OPERATOR, { type: 'gain', member: bob.id, gainDb })).toMatchObject({ failure: 'invalid' });
    expect(fixture.controls(bob)).toMatchObject({ gainDb: 0 });
  });

  it.each([-1, 1.5])('a maximum of %d is refused', async (members) => {
    expect(await control(OPERATOR, { type: 'maximum', members })).toMatchObject({ failure: 'invalid' });
  });

  it('a maximum holds from then on, and sends nobody away', async () => {
    await control(as(alice), { type: 'maximum', members: 2 });
    expect(fixture.conference.roster()).toMatchObject({ maximumUserCount: 2, userCount: 3 });
    expect((await fixture.refused('dave')).why).toBe('full');
  });

  it('a member that is not there is named', async () => {
    const result = await control(OPERATOR, { type: 'mute', member: 'zzz' });
    expect(result).toEqual({ ok: false, failure: 'not-found', detail: 'no member zzz is in the conference' });
  });

  it('kicking hangs up, and is shown for a while', async () => {
    await control(as(alice), { type: 'kick', member: bob.id, reason: 'Off topic' });
    expect(bob.leg.hungUp).toEqual([{ text: 'Off topic' }]);
    const shown = {
      status: 'disconnected',
      disconnectionMethod: 'booted',
      disconnectionReason: 'Off topic',
      media: [],
    };
    expect(fixture.endpoint(bob.id)).toMatchObject(shown);
    expect(fixture.conference.roster().userCount).toBe(2);
    expect(fixture.mixer.room.members.has(bob.id)).toBe(false);
    expect(fixture.mixer.room.heard).toEqual(['leave everybody']);
    await fixture.time.pass(3_000);
    expect(fixture.endpoint(bob.id)).toBeUndefined();
  });

  it('locking keeps others out until it is undone', async () => {
    await control(as(alice), { type: 'lock' });
    expect((await fixture.refused('dave')).why).toBe('locked');
    await control(as(alice), { type: 'lock' });
    await control(as(alice), { type: 'unlock' });
    await fixture.join('dave');
    expect(fixture.events.types()).toEqual(['locked', 'unlocked', 'joined']);
  });

  it('promoting makes a moderator, and demoting takes it back', async () => {
    await control(as(alice), { type: 'promote', member: bob.id });
    expect(fixture.conference.isModerator(as(bob))).toBe(true);
    expect(fixture.conference.roster().users[1]).toMatchObject({ roles: ['moderator'] });
    await control(as(bob), { type: 'demote', member: alice.id });
    expect(fixture.conference.isModerator(as(alice))).toBe(false);
    expect(fixture.events.types()).toEqual(['role', 'role']);
  });

  it('hands are raised and lowered once', async () => {
    await control(as(bob), { type: 'raise-hand', member: bob.id });
    await control(as(bob), { type: 'raise-hand', member: bob.id });
    expect(fixture.endpoint(bob.id)).toMatchObject({ handRaised: true });
    await control(as(alice), { type: 'lower-hand', member: bob.id });
    expect(fixture.events.all).toMatchObject([
      { type: 'hand', raised: true },
      { type: 'hand', raised: false },
    ]);
  });

  const INVITATIONS = [
    ['sip:dave@acme.test', true],
    ['tel:+15550100', true],
    ['sips:dave@acme.test', true],
    ['http://acme.test/', false],
    ['sip:', false],
    ['sip:dave@acme.test>\r\nX: y', false],
  ] as const;

  it.each(INVITATIONS)('inviting %s', async (target, isCallable) => {
    const result = await control(as(bob), { type: 'invite', target });
    expect(result.ok || result.failure).toBe(isCallable ? true : 'invalid');
    expect(fixture.dialOut.requests.map((request) => [request.target, request.onBehalfOf])).toEqual(
      isCallable ? [[target, 'sip:bob@acme.test']] : [],
    );
  });

  it('an invitation tells what became of the call, and an operator calls in the name of the room', async () => {
    const result = await control(OPERATOR, { type: 'invite', target: 'sip:dave@acme.test' });
    expect(result.ok && (await result.invited)).toEqual({ kind: 'failed', statusCode: 486, reasonPhrase: 'Busy Here' });
    expect(fixture.dialOut.requests[0]).toMatchObject({ onBehalfOf: 'sip:sales@acme.test' });
  });
});

describe('recording', () => {
  it('is announced, shown and told of', async () => {
    expect(await control(as(alice), { type: 'record-start' })).toEqual({ ok: true });
    expect(fixture.mixer.room.heard).toEqual(['recording everybody']);
    expect(fixture.mixer.room.recordings).toEqual(['/recordings/acme/sales.wav']);
    expect(fixture.conference.roster().recording).toBe(true);
    const dave = await fixture.join('dave');
    expect(fixture.mixer.room.heard).toContain(`recording ${dave.id}`);
    expect(await control(as(alice), { type: 'record-start' })).toMatchObject({ failure: 'conflict' });
    expect(await control(as(alice), { type: 'record-stop' })).toEqual({ ok: true });
    expect(await control(as(alice), { type: 'record-stop' })).toMatchObject({ failure: 'conflict' });
    expect(fixture.events.all.filter(({ type }) => type.startsWith('recording'))).toMatchObject([
      { path: '/recordings/acme/sales.wav', by: 'sip:alice@acme.test' },
      { path: '/recordings/acme/sales.wav', durationMs: 1234, by: 'sip:alice@acme.test' },
    ]);
  });

  it('two who want it at once make one', async () => {
    const results = await Promise.all([
      control(OPERATOR, { type: 'record-start' }),
      control(as(alice), { type: 'record-start' }),
    ]);
    expect(results.map((result) => result.ok)).toEqual([true, false]);
  });

  it('says why it cannot be written', async () => {
    fixture.mixer.diskIsFull = true;
    const detail = "the recording can't be written: no space left on device";
    expect(await control(OPERATOR, { type: 'record-start' })).toEqual({ ok: false, failure: 'unavailable', detail });
    fixture.mixer.diskIsFull = false;
    expect((await control(OPERATOR, { type: 'record-start' })).ok).toBe(true);
  });

  it('is closed with the conference', async () => {
    await control(OPERATOR, { type: 'record-start' });
    fixture.events.types();
    await control(OPERATOR, { type: 'end' });
    await fixture.conferences.endAll('drained');
    expect(fixture.mixer.room).toMatchObject({ isRecording: false, isClosed: true });
    expect(fixture.events.types()).toEqual(['left', 'left', 'left', 'ended', 'recording-stopped']);
  });

  it('of a room that is always recorded is tried until it works', async () => {
    fixture = new ConferenceFixture({ recording: 'always' });
    fixture.mixer.diskIsFull = true;
    await fixture.join('alice');
    await fixture.time.pass(15_000);
    expect(fixture.unrecorded).toHaveLength(2);
    fixture.mixer.diskIsFull = false;
    await fixture.time.pass(15_000);
    expect(fixture.unrecorded).toHaveLength(2);
    expect(fixture.conference.roster().recording).toBe(true);
  });

  it.each([['never'], ['always']] as const)('of a room that is recorded %s is nobody’s choice', async (recording) => {
    fixture = new ConferenceFixture({ recording });
    await fixture.join('alice');
    await fixture.time.pass(0);
    expect(fixture.conference.roster().recording).toBe(recording === 'always');
    const type = recording === 'always' ? 'record-stop' : 'record-start';
    expect(await control(OPERATOR, { type })).toMatchObject({ failure: 'conflict' });
  });
});

describe('what the media tells', () => {
  it('a hold by the phone keeps its music out of the room', async () => {
    bob.member.mediaAgreed(audio('recvonly'));
    expect(fixture.controls(bob)).toMatchObject({ muted: true });
    expect(fixture.endpoint(bob.id)).toMatchObject({
      status: 'on-hold',
      muted: false,
      media: [{ status: 'sendonly' }],
    });
    bob.member.mediaAgreed(audio('recvonly'));
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'on-hold' });
    bob.member.mediaAgreed(audio('sendrecv'));
    expect(fixture.controls(bob)).toMatchObject({ muted: false });
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'connected' });
  });

  it('one that only speaks from the first is heard', async () => {
    const outcome = await fixture.conferences.join(fixture.request('dave'));
    if (outcome.kind !== 'joined') throw new Error(outcome.why);
    outcome.member.mediaAgreed(audio('recvonly'));
    outcome.member.connected();
    expect(fixture.controls(outcome.member)).toMatchObject({ muted: false });
    expect(fixture.endpoint(outcome.member.id)).toMatchObject({ status: 'connected' });
  });

  it('those who speak are told by their names, the loudest first, without those who have left', async () => {
    const ids = [bob.id, alice.id, 'who has left'];
    fixture.mixer.room.emit({ type: 'speakers', members: ids });
    const told = fixture.events.all.flatMap((event) => (event.type === 'speakers' ? [event.members] : []));
    expect(told).toMatchObject([
      [
        { memberId: bob.id, displayName: 'bob' },
        { memberId: alice.id, displayName: 'alice' },
      ],
    ]);
  });

  it('dial-outs are shown from the first ring to the answer, or to their failure', async () => {
    const request = fixture.request('dave', { how: 'dialed-out', invitedBy: 'sip:alice@acme.test' });
    const outcome = await fixture.conferences.join(request);
    if (outcome.kind !== 'joined') throw new Error(outcome.why);
    const { member } = outcome;
    const seen = [fixture.endpoint(member.id)?.status];
    member.alerting();
    seen.push(fixture.endpoint(member.id)?.status);
    expect(fixture.controls(member)).toMatchObject({ muted: true, deaf: true });
    member.connected();
    seen.push(fixture.endpoint(member.id)?.status);
    expect(seen).toEqual(['dialing-out', 'alerting', 'connected']);
    expect(fixture.endpoint(member.id)).toMatchObject({
      joiningMethod: 'dialed-out',
      invitedBy: 'sip:alice@acme.test',
    });
    const busy = await fixture.conferences.join({ ...request, uri: 'sip:eve@acme.test' });
    if (busy.kind !== 'joined') throw new Error(busy.why);
    busy.member.left('busy', 'Busy Here');
    expect(fixture.endpoint(busy.member.id)).toMatchObject({ status: 'disconnected', disconnectionMethod: 'busy' });
    expect(fixture.events.all.at(-1)).toMatchObject({ type: 'left', how: 'busy', durationMs: 0 });
  });
});
