import { describe, expect, it } from 'vitest';
import { ConferenceFixture } from '../testing/conference-fixture.js';
import { audio, FakeLeg } from '../testing/fake-leg.js';
import { pin } from '../testing/fake-rooms.js';

describe('the life of a conference', () => {
  it('opens with the first, goes on with the others, and ends with the last', async () => {
    const fixture = new ConferenceFixture();
    const alice = await fixture.join('alice');
    const { conference } = fixture;
    expect(fixture.events.types()).toEqual(['started', 'joined']);
    expect(fixture.homes.claimed).toEqual(new Set(['acme/sales']));
    const bob = await fixture.join('bob');
    expect(fixture.conference).toBe(conference);
    expect(conference.roster().users.map(({ entity }) => entity)).toEqual(['sip:alice@acme.test', 'sip:bob@acme.test']);
    alice.member.left('departed', 'BYE');
    expect(fixture.conferences.find('acme', 'sales')).toBe(conference);
    await fixture.time.pass(60_000);
    bob.member.left('departed', 'BYE');
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
    expect(fixture.events.types()).toEqual(['joined', 'left', 'left', 'ended']);
    expect(conference.roster()).toMatchObject({ active: false, userCount: 0, users: [] });
    await fixture.conferences.endAll('drained');
    expect(fixture.mixer.room.isClosed).toBe(true);
    expect(fixture.homes.claimed.size).toBe(0);
    expect(fixture.time.waiting).toBe(0);
  });

  it('is one conference for two who come at the same time', async () => {
    const fixture = new ConferenceFixture();
    const joined = await Promise.all([fixture.join('alice'), fixture.join('bob'), fixture.join('carol')]);
    expect(new Set(joined.map(({ member }) => member.conference)).size).toBe(1);
    expect(fixture.mixer.rooms).toHaveLength(1);
  });

  it('gives the next in the same room an id of its own', async () => {
    const fixture = new ConferenceFixture();
    const alice = await fixture.join('alice');
    alice.member.left('departed', 'BYE');
    const again = await fixture.join('alice');
    expect(again.member.conference.id).not.toBe(alice.member.conference.id);
  });

  it('tells how long each was in, and how long it took in all', async () => {
    const fixture = new ConferenceFixture();
    const alice = await fixture.join('alice');
    await fixture.time.pass(5_000);
    const bob = await fixture.join('bob');
    await fixture.time.pass(2_000);
    bob.member.left('departed', 'BYE');
    alice.member.left('departed', 'BYE');
    expect(fixture.events.all.filter(({ type }) => type === 'left' || type === 'ended')).toMatchObject([
      { member: { uri: 'sip:bob@acme.test' }, durationMs: 2_000 },
      { member: { uri: 'sip:alice@acme.test' }, durationMs: 7_000 },
      { type: 'ended', why: 'empty', durationMs: 7_000, mostMembers: 2 },
    ]);
  });

  const ENDS = [
    ['its longest duration', 'too-long', (f: ConferenceFixture) => f.time.pass(60_000)],
    [
      "the operator's word",
      'ended',
      (f: ConferenceFixture) => f.conference.control({ kind: 'operator' }, { type: 'end' }),
    ],
    [
      'the loss of its media',
      'media-lost',
      async (f: ConferenceFixture) => f.mixer.room.emit({ type: 'lost', reason: 'x' }),
    ],
    ['the loss of its home', 'home-lost', async (f: ConferenceFixture) => f.homes.take('acme', 'sales')],
    ['the end of the pod', 'drained', (f: ConferenceFixture) => f.conferences.endAll('drained')],
  ] as const;

  it.each(ENDS)('ends by %s, and hangs up on everybody once', async (_, why, how) => {
    const fixture = new ConferenceFixture({ maxDurationSec: 60 });
    const [alice, bob] = [await fixture.join('alice'), await fixture.join('bob')];
    const { conference } = fixture;
    await how(fixture);
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
    expect([alice.leg.hungUp.length, bob.leg.hungUp.length]).toEqual([1, 1]);
    expect(fixture.events.all.at(-1)).toMatchObject({ type: 'ended', why });
    alice.member.left('departed', 'BYE');
    alice.member.mediaAgreed(audio());
    alice.member.connected();
    expect(fixture.events.all.at(-1)).toMatchObject({ type: 'ended' });
    expect(conference.roster().users).toEqual([]);
    expect(fixture.time.waiting).toBe(0);
    expect(await conference.control({ kind: 'operator' }, { type: 'lock' })).toMatchObject({ failure: 'not-found' });
  });

  it('ends with the last moderator where the room says so', async () => {
    const fixture = new ConferenceFixture({ endWithLastModerator: true, moderators: ['sip:alice@acme.test'] });
    const alice = await fixture.join('alice');
    const second = await fixture.join('alice');
    const bob = await fixture.join('bob');
    alice.member.left('departed', 'BYE');
    expect(bob.leg.hungUp).toEqual([]);
    second.member.left('departed', 'BYE');
    expect(bob.leg.hungUp).toEqual([{ text: 'The last moderator has left the conference' }]);
  });

  it('opens for nobody yet, and ends after a minute without anybody', async () => {
    const fixture = new ConferenceFixture();
    expect(await fixture.conferences.open('acme', 'sales')).toBe(fixture.conference);
    await fixture.time.pass(60_000);
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
    expect(fixture.events.types()).toEqual([]);
    expect(fixture.mixer.room.isClosed).toBe(true);
  });
});

describe('who is refused, and how', () => {
  const REFUSALS = [
    ['a room that there is not', {}, () => {}, { room: 'nowhere' }, 404, undefined],
    ['a name that no room can have', {}, () => {}, { room: 'No Room' }, 404, undefined],
    ["the factory's name", {}, () => {}, { room: 'conference-factory' }, 404, undefined],
    ['an ad hoc room that is over', {}, () => {}, { room: 'adhoc-abcdefgh0123' }, 404, undefined],
    ['a tenant that there is not', {}, () => {}, { tenantId: 'nobody' }, 404, undefined],
    ['a locked room', { lockedFromStart: true }, () => {}, {}, 480, undefined],
    [
      'a home elsewhere',
      {},
      (f: ConferenceFixture) => (f.homes.answer = { kind: 'elsewhere', podId: 'b' }),
      {},
      430,
      undefined,
    ],
    [
      'the tenant’s conferences',
      {},
      (f: ConferenceFixture) => (f.homes.answer = { kind: 'limit', limit: 2 }),
      {},
      480,
      '60',
    ],
    ['a pod that goes down', {}, (f: ConferenceFixture) => f.conferences.drain(), {}, 503, '1'],
    ['homes that go down', {}, (f: ConferenceFixture) => (f.homes.answer = { kind: 'draining' }), {}, 503, '1'],
    ['homes that are away', {}, (f: ConferenceFixture) => (f.homes.answer = { kind: 'unavailable' }), {}, 503, '5'],
    ['settings that are away', {}, (f: ConferenceFixture) => (f.rooms.isAway = true), {}, 503, '5'],
    ['no port', {}, (f: ConferenceFixture) => (f.mixer.freePorts = 0), {}, 503, '10'],
    ['no mixer thread', {}, (f: ConferenceFixture) => (f.mixer.hasThreads = false), {}, 503, '10'],
    ['a member to be replaced who is not in', {}, () => {}, { replaces: 'x' }, 481, undefined],
  ] as const;

  it.each(REFUSALS)('%s', async (_, settings, arrange, request, statusCode, retryAfter) => {
    const fixture = new ConferenceFixture(settings);
    arrange(fixture);
    const refusal = await fixture.refused('alice', request);
    expect(refusal.statusCode).toBe(statusCode);
    expect(refusal.headers?.find(([name]) => name === 'Retry-After')?.[1]).toBe(retryAfter);
    expect(fixture.events.refusals).toMatchObject([{ statusCode, why: refusal.why, uri: 'sip:alice@acme.test' }]);
    expect([...fixture.conferences.all()]).toEqual([]);
    expect(fixture.homes.claimed.size).toBe(0);
  });

  const FULL = [
    ["the room's maximum", 2, 0],
    ["the tenant's", 0, 2],
    ['the lower of both', 5, 2],
  ] as const;

  it.each(FULL)('a full room, by %s', async (_, maxMembers, maxConferenceMembers) => {
    const fixture = new ConferenceFixture({ maxMembers });
    fixture.rooms.limits = { ...fixture.rooms.limits, maxConferenceMembers };
    const alice = await fixture.join('alice');
    await fixture.join('bob');
    expect(await fixture.refused('carol')).toMatchObject({ statusCode: 486, why: 'full' });
    alice.member.left('departed', 'BYE');
    await fixture.join('carol');
  });

  it('counts those on their way in among the members', async () => {
    const fixture = new ConferenceFixture({ maxMembers: 1 });
    const [first, second] = await Promise.all([
      fixture.conferences.join(fixture.request('alice')),
      fixture.conferences.join(fixture.request('bob')),
    ]);
    expect([first.kind, second.kind]).toEqual(['joined', 'refused']);
  });

  it("a tenant's minutes of this month, those that are under way included", async () => {
    const fixture = new ConferenceFixture();
    fixture.rooms.limits = { ...fixture.rooms.limits, maxConferenceMinutesPerMonth: 100 };
    fixture.rooms.minutes = 90;
    await fixture.join('alice');
    await fixture.time.pass(9 * 60_000);
    await fixture.join('bob');
    await fixture.time.pass(60_000);
    expect(await fixture.refused('carol')).toMatchObject({ statusCode: 403, why: 'minutes-used-up' });
    fixture.rooms.isAway = true;
    await fixture.join('dave');
  });

  it('lets nobody into an ad hoc room but its owner first', async () => {
    const fixture = new ConferenceFixture();
    const room = fixture.conferences.adHocRoomName();
    expect(room).toMatch(/^adhoc-[a-z0-9]{12}$/);
    expect((await fixture.refused('bob', { room })).statusCode).toBe(404);
    const owner = await fixture.join('alice', { room, how: 'focus-owner' });
    const conference = owner.member.conference;
    expect(conference.uri).toBe(`sip:${room}@acme.test`);
    expect(conference.isModerator({ kind: 'member', id: owner.id })).toBe(true);
    const guest = await fixture.join('bob', { room });
    owner.member.left('departed', 'BYE');
    expect(guest.leg.hungUp).toEqual([]);
    guest.member.left('departed', 'BYE');
    expect((await fixture.refused('bob', { room })).statusCode).toBe(404);
  });

  it('lets moderators and those who are called into a locked room', async () => {
    const fixture = new ConferenceFixture({ lockedFromStart: true, moderators: ['sip:alice@acme.test'] });
    await fixture.join('alice');
    await fixture.join('bob', { how: 'dialed-out' });
    expect((await fixture.refused('carol')).why).toBe('locked');
    expect((await fixture.refused('alice', { isAuthenticated: false })).why).toBe('locked');
  });

  it('asks for media as the stricter of room and tenant', async () => {
    const fixture = new ConferenceFixture({ video: false });
    fixture.rooms.limits = { ...fixture.rooms.limits, srtpRequired: true };
    const { member } = await fixture.join('alice', { wantsVideo: true, family: 'IP6' });
    expect(member.conference.media).toEqual({ srtpRequired: true, video: false });
    expect(member.ports).toEqual({ audio: { host: '2001:db8::1', port: 40_000 }, video: undefined });
  });
});

describe('a leg that takes the place of another (RFC 3891)', () => {
  it('keeps role and mute, hangs up on the old one, and makes no tones', async () => {
    const fixture = new ConferenceFixture({ pin: pin('1234'), moderators: ['sip:alice@acme.test'], maxMembers: 2 });
    const alice = await fixture.join('alice');
    await fixture.join('bob', { how: 'dialed-out' });
    await fixture.conference.control({ kind: 'member', id: alice.id }, { type: 'gain', member: alice.id, gainDb: 6 });
    await fixture.conference.control({ kind: 'operator' }, { type: 'mute', member: alice.id });
    fixture.mixer.room.heard.length = 0;
    const leg = new FakeLeg();
    const outcome = await fixture.conferences.join(fixture.request('carol', { leg, replaces: alice.id }));
    if (outcome.kind !== 'joined') throw new Error(outcome.why);
    expect(fixture.endpoint(outcome.member.id)).toBeUndefined();
    expect(alice.leg.hungUp).toEqual([]);
    outcome.member.mediaAgreed(audio());
    outcome.member.connected();
    expect(alice.leg.hungUp).toHaveLength(1);
    expect(fixture.endpoint(outcome.member.id)).toMatchObject({
      role: 'moderator',
      status: 'muted-via-focus',
      gainDb: 6,
    });
    expect(fixture.endpoint(alice.id)).toMatchObject({ status: 'disconnected', disconnectionMethod: 'departed' });
    expect(fixture.controls(outcome.member)).toEqual({ muted: true, deaf: false, gainDb: 6, waiting: false });
    expect(fixture.mixer.room.heard).toEqual([]);
    expect(fixture.mixer.room.members.has(alice.id)).toBe(false);
  });

  it('is one leg at a time', async () => {
    const fixture = new ConferenceFixture({ lockedFromStart: true, moderators: ['sip:alice@acme.test'] });
    const alice = await fixture.join('alice');
    const replaces = alice.id;
    const [first, second] = await Promise.all([
      fixture.conferences.join(fixture.request('bob', { replaces })),
      fixture.conferences.join(fixture.request('eve', { replaces })),
    ]);
    expect([first.kind, second.kind]).toEqual(['joined', 'refused']);
    if (first.kind === 'joined') first.member.left('failed', 'no ACK');
    expect((await fixture.conferences.join(fixture.request('eve', { replaces }))).kind).toBe('joined');
  });

  it('keeps the place where the old one leaves first', async () => {
    const fixture = new ConferenceFixture({ endWithLastModerator: false, moderators: ['sip:alice@acme.test'] });
    const alice = await fixture.join('alice');
    const outcome = await fixture.conferences.join(
      fixture.request('alice', { isAuthenticated: false, replaces: alice.id }),
    );
    if (outcome.kind !== 'joined') throw new Error(outcome.why);
    alice.member.left('departed', 'BYE');
    outcome.member.connected();
    expect(fixture.endpoint(outcome.member.id)).toMatchObject({ role: 'moderator', status: 'connected' });
  });
});

describe('pictures of a conference', () => {
  it('are asked for by the signalling of who sends them, and by the mixer for who has lost them', async () => {
    const fixture = new ConferenceFixture();
    const [alice, bob] = [await fixture.join('alice'), await fixture.join('bob')];
    fixture.mixer.room.emit({ type: 'key-frame-wanted', member: bob.id });
    fixture.mixer.room.emit({ type: 'key-frame-wanted', member: 'nobody' });
    expect([alice.leg.keyFramesWanted, bob.leg.keyFramesWanted]).toEqual([0, 1]);
    alice.member.pictureLost();
    expect(fixture.mixer.room.heard).toContain(`picture-lost ${alice.id}`);
    bob.member.left('departed', 'BYE');
    bob.member.pictureLost();
    expect(fixture.mixer.room.heard).not.toContain(`picture-lost ${bob.id}`);
  });
});
