import { describe, expect, it } from 'vitest';
import { ConferenceFixture, type Joined } from '../testing/conference-fixture.js';
import { pin } from '../testing/fake-rooms.js';

const ROOM = { pin: pin('1234'), moderatorPin: pin('987654'), moderators: ['sip:alice@acme.test'] };

function press(fixture: ConferenceFixture, { id }: Joined, digits: string): Promise<void> {
  fixture.mixer.room.press(id, digits);
  return fixture.time.pass(0);
}

/** Three wrong PINs, with the pauses that they cost. */
async function failThrice(fixture: ConferenceFixture, who: Joined): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await press(fixture, who, '0000#');
    await fixture.time.pass(3_000);
  }
}

describe('the PIN at the door', () => {
  it('is asked for by tones; until it is right the caller is neither in nor shown nor heard', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    expect(fixture.mixer.room.heard).toEqual([`pin-prompt ${bob.id}`]);
    expect(fixture.conference.roster()).toMatchObject({ users: [], userCount: 0, active: false });
    expect(fixture.controls(bob)).toEqual({ muted: true, deaf: true, gainDb: 0, waiting: false });
    expect(fixture.events.types()).toEqual([]);
    await press(fixture, bob, '12*1234#');
    expect(fixture.mixer.room.heard.slice(1)).toEqual([`pin-right ${bob.id}`, 'join everybody']);
    expect(fixture.conference.roster().users).toMatchObject([{ entity: 'sip:bob@acme.test', roles: ['participant'] }]);
    expect(fixture.controls(bob)).toMatchObject({ muted: false, deaf: false });
    expect(fixture.events.types()).toEqual(['started', 'joined']);
  });

  const NOT_ASKED = [
    ['a listed moderator', 'alice', {}],
    ['one who is called', 'bob', { how: 'dialed-out' }],
    ['one known as a moderator', 'bob', { isModerator: true }],
  ] as const;

  it.each(NOT_ASKED)('is not asked of %s', async (_, user, changes) => {
    const fixture = new ConferenceFixture(ROOM);
    const { id } = await fixture.join(user, changes);
    expect(fixture.endpoint(id)).toBeDefined();
  });

  it('is asked of one who only says that it is a listed moderator', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const { id } = await fixture.join('alice', { isAuthenticated: false });
    expect(fixture.endpoint(id)).toBeUndefined();
  });

  it('of moderators makes one', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    await press(fixture, bob, '987654#');
    expect(fixture.endpoint(bob.id)).toMatchObject({ role: 'moderator' });
  });

  it('may be wrong twice; after the third the call ends', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    await failThrice(fixture, bob);
    expect(bob.leg.hungUp).toEqual([{ statusCode: 403, text: 'No right PIN' }]);
    expect(fixture.mixer.room.heard.filter((tones) => tones.startsWith('pin-wrong'))).toHaveLength(3);
    expect(fixture.events.all).toMatchObject([{ tries: 1 }, { tries: 2 }, { tries: 3, uri: 'sip:bob@acme.test' }]);
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
  });

  it('keys are deaf for a moment after a wrong one, longer each time', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    await press(fixture, bob, '0000#1234#');
    await fixture.time.pass(999);
    await press(fixture, bob, '1234#');
    expect(fixture.endpoint(bob.id)).toBeUndefined();
    await fixture.time.pass(1);
    await press(fixture, bob, '1234#');
    expect(fixture.endpoint(bob.id)).toBeDefined();
  });

  it('an input without an end is nothing, and after a minute the call ends', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    await press(fixture, bob, '##1234');
    await fixture.time.pass(59_000);
    expect(bob.leg.hungUp).toEqual([]);
    await fixture.time.pass(1_000);
    expect(bob.leg.hungUp).toHaveLength(1);
    expect(fixture.time.waiting).toBe(0);
  });

  it('a caller who hangs up at the door leaves nothing behind', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const bob = await fixture.join('bob');
    bob.member.left('departed', 'BYE');
    await fixture.time.pass(0);
    expect(fixture.time.waiting).toBe(0);
    expect(fixture.mixer.room.isClosed).toBe(true);
    expect(fixture.events.types()).toEqual([]);
  });

  it('wrong ones are remembered over calls, and each costs longer', async () => {
    const fixture = new ConferenceFixture(ROOM);
    await failThrice(fixture, await fixture.join('bob'));
    const waitsSec: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const { statusCode, headers } = await fixture.refused('bob');
      expect([statusCode, headers?.[0]?.[0]]).toEqual([480, 'Retry-After']);
      waitsSec.push(Number(headers![0]![1]));
      await fixture.time.pass(waitsSec.at(-1)! * 1000);
      const bob = await fixture.join('bob');
      await press(fixture, bob, '0000#');
      bob.member.left('departed', 'BYE');
    }
    // The pauses after the wrong ones of the first call are part of the first wait.
    expect(waitsSec).toEqual([27, 60, 120, 240, 480, 900, 900]);
  });

  it('even the right one is not looked at where another call of the caller has used its tries up', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const first = await fixture.join('bob');
    const second = await fixture.join('bob');
    await failThrice(fixture, first);
    await press(fixture, second, '1234#');
    expect(second.leg.hungUp).toHaveLength(1);
    expect(fixture.conferences.find('acme', 'sales')).toBeUndefined();
  });

  it('a right one forgets the wrong ones, and an hour does', async () => {
    const fixture = new ConferenceFixture(ROOM);
    const keeper = await fixture.join('alice');
    for (let i = 0; i < 4; i += 1) {
      const bob = await fixture.join('bob');
      await press(fixture, bob, '0000#');
      await fixture.time.pass(1_000);
      await press(fixture, bob, '1234#');
      bob.member.left('departed', 'BYE');
    }
    await failThrice(fixture, await fixture.join('bob'));
    expect((await fixture.refused('bob')).why).toBe('wrong-pins');
    await fixture.time.pass(3_600_000);
    await failThrice(fixture, await fixture.join('bob'));
    expect(keeper.leg.hungUp).toEqual([]);
  });

  it('callers whom nobody has authenticated are slowed down together, and others are not', async () => {
    const fixture = new ConferenceFixture(ROOM);
    await fixture.join('alice');
    for (let i = 0; i < 4; i += 1)
      await failThrice(fixture, await fixture.join(`name${i}`, { isAuthenticated: false }));
    expect((await fixture.refused('name9', { isAuthenticated: false })).why).toBe('wrong-pins');
    await press(fixture, await fixture.join('bob'), '1234#');
    expect(fixture.conference.isMember('sip:bob@acme.test')).toBe(true);
  });

  it('at most twenty are asked at once', async () => {
    const fixture = new ConferenceFixture(ROOM);
    for (let i = 0; i < 20; i += 1) await fixture.join(`caller${i}`);
    expect(await fixture.refused('one-more')).toMatchObject({ statusCode: 486, why: 'too-many-at-the-door' });
    await fixture.join('alice');
  });

  it('of moderators opens a locked room; the members’ does not', async () => {
    const fixture = new ConferenceFixture({ ...ROOM, lockedFromStart: true });
    const keeper = await fixture.join('alice');
    const [bob, carol] = [await fixture.join('bob'), await fixture.join('carol')];
    await press(fixture, bob, '987654#');
    await press(fixture, carol, '1234#');
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'connected', role: 'moderator' });
    expect(carol.leg.hungUp).toEqual([{ statusCode: 480, text: 'The conference is locked' }]);
    expect(fixture.mixer.room.heard).toContain(`refused ${carol.id}`);
    expect(keeper.leg.hungUp).toEqual([]);
  });

  it('one who hangs up while it is turned away leaves once', async () => {
    const fixture = new ConferenceFixture({ ...ROOM, lockedFromStart: true });
    await fixture.join('alice');
    const carol = await fixture.join('carol');
    fixture.events.types();
    fixture.mixer.room.press(carol.id, '1234#');
    carol.member.left('departed', 'BYE');
    await fixture.time.pass(0);
    expect(carol.leg.hungUp).toEqual([]);
    expect(fixture.events.types()).toEqual([]);
    expect(fixture.conference.roster().userCount).toBe(1);
  });

  it('doesn’t get one into a room that has become full', async () => {
    const fixture = new ConferenceFixture({ ...ROOM, maxMembers: 2 });
    await fixture.join('alice');
    const [bob, carol] = [await fixture.join('bob'), await fixture.join('carol')];
    await press(fixture, bob, '1234#');
    await press(fixture, carol, '1234#');
    expect(carol.leg.hungUp).toEqual([{ statusCode: 486, text: 'The conference is full' }]);
  });
});

describe('waiting for the moderator', () => {
  const WAITING = { waitForModerator: true, moderators: ['sip:alice@acme.test'], moderatorPin: pin('987654') };

  it('is to music, on hold, until one is in', async () => {
    const fixture = new ConferenceFixture(WAITING);
    const [bob, carol] = [await fixture.join('bob'), await fixture.join('carol')];
    expect([bob, carol].map((one) => fixture.controls(one)?.waiting)).toEqual([true, true]);
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'on-hold', waiting: true });
    const alice = await fixture.join('alice');
    expect([alice, bob, carol].map((one) => fixture.controls(one)?.waiting)).toEqual([false, false, false]);
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'connected', waiting: false });
    alice.member.left('departed', 'BYE');
    expect(fixture.controls(bob)).toMatchObject({ waiting: false });
  });

  it('is in silence without hold music', async () => {
    const fixture = new ConferenceFixture({ ...WAITING, holdMusic: false });
    const bob = await fixture.join('bob');
    expect(fixture.controls(bob)).toEqual({ muted: true, deaf: true, gainDb: 0, waiting: false });
  });

  it('ends by a member that enters the moderators’ PIN, or is promoted', async () => {
    const fixture = new ConferenceFixture(WAITING);
    const [bob, carol] = [await fixture.join('bob'), await fixture.join('carol')];
    await press(fixture, bob, '*0');
    await press(fixture, bob, '987654#');
    expect(fixture.endpoint(bob.id)).toMatchObject({ role: 'moderator' });
    expect(fixture.controls(carol)).toMatchObject({ waiting: false });
    const other = new ConferenceFixture(WAITING);
    const dave = await other.join('dave');
    await other.conference.control({ kind: 'operator' }, { type: 'promote', member: dave.id });
    expect(other.endpoint(dave.id)).toMatchObject({ status: 'connected' });
  });

  it('the first alone hears music too, where the room has it', async () => {
    const fixture = new ConferenceFixture();
    const alice = await fixture.join('alice');
    expect(fixture.controls(alice)).toMatchObject({ waiting: true });
    expect(fixture.endpoint(alice.id)).toMatchObject({ status: 'connected', waiting: false });
    const bob = await fixture.join('bob');
    expect([alice, bob].map((one) => fixture.controls(one)?.waiting)).toEqual([false, false]);
    bob.member.left('departed', 'BYE');
    expect(fixture.controls(alice)).toMatchObject({ waiting: true });
    const silent = new ConferenceFixture({ holdMusic: false });
    expect(silent.controls(await silent.join('alice'))).toMatchObject({ waiting: false, deaf: false });
  });

  it('mutes on entry whoever isn’t a moderator', async () => {
    const fixture = new ConferenceFixture({ mutedOnEntry: true, moderators: ['sip:alice@acme.test'] });
    const [alice, bob] = [await fixture.join('alice'), await fixture.join('bob')];
    expect([alice, bob].map(({ id }) => fixture.endpoint(id)?.status)).toEqual(['connected', 'muted-via-focus']);
    await press(fixture, bob, '*6');
    expect(fixture.endpoint(bob.id)).toMatchObject({ status: 'connected' });
  });

  it('makes no join and leave tones where the room has none', async () => {
    const fixture = new ConferenceFixture({ joinTones: false });
    const alice = await fixture.join('alice');
    await fixture.join('bob');
    alice.member.left('departed', 'BYE');
    expect(fixture.mixer.room.heard).toEqual([]);
  });
});

describe('keys in the room', () => {
  const KEYS = [
    ['a member', 'bob', '*6', { muted: true }, 'muted'],
    ['a member', 'bob', '*6*6', { muted: false }, 'unmuted'],
    ['a member', 'bob', '*4', { gainDb: -3 }, 'pin-right'],
    ['a member', 'bob', '*7', { gainDb: 3 }, 'pin-right'],
    ['a member', 'bob', '*7*7*7*7*7*7*7', { gainDb: 18 }, 'refused'],
    ['a member', 'bob', '*9', { handRaised: true }, 'pin-right'],
    ['a member', 'bob', '*9*9', { handRaised: false }, 'pin-right'],
    ['a member', 'bob', '*1', {}, 'refused'],
    ['a member', 'bob', '*3', {}, 'refused'],
    ['a member', 'bob', '*0', {}, 'refused'],
    ['a member', 'bob', '123#', {}, undefined],
    ['a member', 'bob', '**6', { muted: true }, 'muted'],
    ['a moderator', 'alice', '*3', {}, 'refused'],
    ['a moderator', 'alice', '*81', {}, 'refused'],
  ] as const;

  it.each(KEYS)('of %s (%s): %s', async (_, user, keys, shown, tones) => {
    const fixture = new ConferenceFixture({ moderators: ['sip:alice@acme.test'] });
    const who = { alice: await fixture.join('alice'), bob: await fixture.join('bob') }[user];
    fixture.mixer.room.heard.length = 0;
    for (const key of keys) await press(fixture, who, key);
    expect(fixture.endpoint(who.id)).toMatchObject(shown);
    expect(fixture.mixer.room.heard.at(-1)).toBe(tones && `${tones} ${who.id}`);
  });

  it('a sequence that is interrupted for long begins anew', async () => {
    const fixture = new ConferenceFixture();
    const bob = await fixture.join('bob');
    await press(fixture, bob, '*');
    await fixture.time.pass(4_001);
    await press(fixture, bob, '6');
    expect(fixture.endpoint(bob.id)).toMatchObject({ muted: false });
  });

  it('of a moderator lock, record, mute everybody and end', async () => {
    const fixture = new ConferenceFixture({ moderators: ['sip:alice@acme.test'], recording: 'allowed' });
    const [alice, bob] = [await fixture.join('alice'), await fixture.join('bob')];
    const { conference } = fixture;
    await press(fixture, alice, '*1');
    await press(fixture, alice, '*2');
    await press(fixture, alice, '*5');
    expect(conference.roster()).toMatchObject({ locked: true, recording: true });
    expect(fixture.endpoint(bob.id)).toMatchObject({ muted: true });
    await press(fixture, alice, '*1');
    await press(fixture, alice, '*2');
    await press(fixture, alice, '*5');
    expect(conference.roster()).toMatchObject({ locked: false, recording: false });
    expect(fixture.endpoint(bob.id)).toMatchObject({ muted: false });
    await press(fixture, alice, '*8#');
    expect(bob.leg.hungUp).toEqual([{ text: 'The conference was ended' }]);
  });

  it('a wrong moderators’ PIN counts as one at the door', async () => {
    const fixture = new ConferenceFixture({ moderatorPin: pin('987654') });
    const bob = await fixture.join('bob');
    for (let i = 0; i < 3; i += 1) {
      await press(fixture, bob, '*0');
      await press(fixture, bob, '11#');
    }
    await press(fixture, bob, '*0');
    expect(fixture.mixer.room.heard.at(-1)).toBe(`refused ${bob.id}`);
    expect(fixture.endpoint(bob.id)).toMatchObject({ role: 'participant', status: 'connected' });
    await fixture.time.pass(30_000);
    await press(fixture, bob, '*0987654#');
    expect(fixture.endpoint(bob.id)).toMatchObject({ role: 'moderator' });
  });
});
