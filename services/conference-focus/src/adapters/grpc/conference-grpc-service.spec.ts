import { conference } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';
import { formatCursor } from '@ringdown/platform/commands';
import { describe, expect, it } from 'vitest';
import type { RoomStore } from '../../ports/room-store.js';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import { FakeTenants } from '../../testing/fake-tenants.js';
import { settled } from '../../testing/simulated-time.js';
import { fullDocument } from '../../use-cases/roster-document.js';
import { ConferenceGrpcService, type OtherPod } from './conference-grpc-service.js';

/** One pod with the conference in room `sales`, and another that is asked. */
class TwoPods {
  readonly fixture = new ConferenceFixture({ recording: 'allowed', moderators: ['sip:alice@acme.test'] });
  readonly stopping = new AbortController();
  readonly passedOn: string[] = [];
  readonly tenants = new FakeTenants();
  readonly home = this.#service('focus-1', this.fixture);
  readonly other = this.#service('focus-2', new ConferenceFixture());
  isHomeAway = false;

  #service(focusId: string, { conferences }: ConferenceFixture): ConferenceGrpcService {
    return new ConferenceGrpcService({
      focusId,
      conferences: () => conferences,
      whereabouts: {
        find: async (tenantId, room) =>
          this.fixture.conferences.find(tenantId, room) && {
            room,
            focusId: 'focus-1',
            address: 'focus-1:9000',
            sinceMs: 1,
          },
        list: async (_tenantId, { limit, after }) => {
          const rooms = ['a', 'b', 'c'].filter((room) => room > (after ?? ''));
          const items = rooms.slice(0, limit).map((room) => ({ room, focusId: 'f', address: 'x:1', sinceMs: 5 }));
          return { items, next: rooms.length > limit ? items.at(-1)!.room : undefined };
        },
      },
      podAt: (address) => this.#pod(address),
      document: (one) => fullDocument(one.roster(), one.roster().version),
      stopping: this.stopping.signal,
      store: {} as RoomStore,
      usage: { months: async () => [] },
      tenants: this.tenants,
      randomBytes: (length) => new Uint8Array(length),
    });
  }

  #pod(address: string): OtherPod {
    if (this.isHomeAway) throw new ServiceError('unavailable', `${address} is away`);
    this.passedOn.push(address);
    return this.home;
  }
}

const sales = { tenantId: 'acme', room: 'sales', here: false };
const control = (command: conference.ControlRequest['command'], asUser = ''): conference.ControlRequest => ({
  ...sales,
  asUser,
  command,
});

async function pods(): Promise<TwoPods & { readonly alice: string; readonly bob: string }> {
  const two = new TwoPods();
  const alice = await two.fixture.join('alice');
  const bob = await two.fixture.join('bob');
  return Object.assign(two, { alice: alice.id, bob: bob.id });
}

describe.each(['home', 'other'] as const)('control asked of the %s pod', (asked) => {
  it('tells who is in a conference', async () => {
    const two = await pods();
    const answer = await two[asked].getConference({ ...sales, withDocument: true });
    expect(answer.conference).toMatchObject({
      tenantId: 'acme',
      room: 'sales',
      focusId: 'focus-1',
      conferenceId: two.fixture.conference.id,
      state: { entity: 'sip:sales@acme.test', userCount: 2, active: true, locked: false },
    });
    const users = answer.conference!.users.map(({ entity, roles, endpoints: [endpoint] }) => [
      entity,
      roles,
      endpoint?.memberId,
      endpoint?.role,
      endpoint?.status,
      endpoint?.joiningMethod,
      endpoint!.joinedAtMs > 0,
    ]);
    const connected = conference.EndpointStatus.CONNECTED;
    const dialedIn = conference.JoiningMethod.DIALED_IN;
    expect(users).toEqual([
      [
        'sip:alice@acme.test',
        [conference.Role.MODERATOR],
        two.alice,
        conference.Role.MODERATOR,
        connected,
        dialedIn,
        true,
      ],
      [
        'sip:bob@acme.test',
        [conference.Role.PARTICIPANT],
        two.bob,
        conference.Role.PARTICIPANT,
        connected,
        dialedIn,
        true,
      ],
    ]);
    expect(answer.document).toContain('<conference-info');
    expect((await two[asked].getConference({ ...sales, withDocument: false })).document).toBe('');
    expect(two.passedOn.length > 0).toBe(asked === 'other');
  });

  it.each<[conference.ControlRequest['command'] & object, (two: Awaited<ReturnType<typeof pods>>) => unknown, unknown]>(
    [
      [{ $case: 'mute', value: { memberId: 'bob' } }, (two) => two.fixture.endpoint(two.bob)?.muted, true],
      [{ $case: 'deafen', value: { memberId: 'bob' } }, (two) => two.fixture.endpoint(two.bob)?.deaf, true],
      [
        { $case: 'gain', value: { memberId: 'bob', gainDb: -6.5 } },
        (two) => two.fixture.endpoint(two.bob)?.gainDb,
        -6.5,
      ],
      [{ $case: 'promote', value: { memberId: 'bob' } }, (two) => two.fixture.endpoint(two.bob)?.role, 'moderator'],
      [{ $case: 'raiseHand', value: { memberId: 'bob' } }, (two) => two.fixture.endpoint(two.bob)?.handRaised, true],
      [{ $case: 'muteAll', value: {} }, (two) => two.fixture.endpoint(two.bob)?.muted, true],
      [{ $case: 'lock', value: {} }, (two) => two.fixture.conference.roster().locked, true],
      [{ $case: 'maximum', value: { members: 7 } }, (two) => two.fixture.conference.roster().maximumUserCount, 7],
      [{ $case: 'startRecording', value: {} }, (two) => two.fixture.conference.roster().recording, true],
      [
        { $case: 'invite', value: { target: 'sip:carol@acme.test', displayName: 'Carol' } },
        (two) => two.fixture.dialOut.requests[0]?.target,
        'sip:carol@acme.test',
      ],
      [
        { $case: 'kick', value: { memberId: 'bob', reason: 'enough' } },
        (two) => two.fixture.conference.isMember('sip:bob@acme.test'),
        false,
      ],
      [{ $case: 'end', value: { reason: '' } }, (two) => two.fixture.conferences.find('acme', 'sales'), undefined],
    ],
  )('does what it is told: $0.$case', async (command, seen, value) => {
    const two = await pods();
    const named = 'memberId' in command.value ? { ...command.value, memberId: two.bob } : command.value;
    expect(seen(two)).not.toEqual(value);
    await two[asked].control(control({ ...command, value: named } as conference.ControlRequest['command']));
    await settled();
    expect(seen(two)).toEqual(value);
  });

  it('says what can not be done, and why', async () => {
    const two = await pods();
    const refused = (command: conference.ControlRequest['command'], asUser?: string) =>
      two[asked]
        .control(control(command, asUser))
        .catch((error: ServiceError) => [error.code, error.message.length > 5]);
    expect(await refused({ $case: 'mute', value: { memberId: 'nobody' } })).toEqual(['not-found', true]);
    expect(await refused({ $case: 'gain', value: { memberId: two.bob, gainDb: 99 } })).toEqual(['invalid', true]);
    expect(await refused({ $case: 'stopRecording', value: {} })).toEqual(['conflict', true]);
    expect(await refused({ $case: 'lock', value: {} }, 'sip:bob@acme.test')).toEqual(['forbidden', true]);
    expect(await refused({ $case: 'lock', value: {} }, 'sip:alice@acme.test')).toEqual({});
    // The same user at another domain of the tenant.
    two.tenants.domains.set('alias.test', 'acme.test');
    expect(await refused({ $case: 'unlock', value: {} }, 'sips:alice@Alias.Test')).toEqual({});
    expect(await refused({ $case: 'lock', value: {} }, 'alice')).toEqual(['invalid', true]);
    expect(await refused(undefined)).toEqual(['invalid', true]);
  });

  it('tells the roster as it is, then what changes, however slowly it is read, until the end', async () => {
    const two = await pods();
    const watch = two[asked].watchRoster(sales)[Symbol.asyncIterator]();
    const next = async () => (await watch.next()).value?.update as conference.RosterUpdate;
    const whole = await next();
    expect([whole.afterVersion, whole.users.length, whole.removedUsers]).toEqual([0, 2, []]);

    const changed = next();
    await two.home.control(control({ $case: 'mute', value: { memberId: two.bob } }));
    const step = await changed;
    expect(step.afterVersion).toBe(whole.state!.version);
    expect(step.users.map(({ entity, endpoints }) => [entity, endpoints[0]!.muted])).toEqual([
      ['sip:bob@acme.test', true],
    ]);

    // Much happens before the next look: it comes as one step.
    await two.fixture.join('carol');
    await two.home.control(control({ $case: 'lock', value: {} }));
    await two.home.control(control({ $case: 'kick', value: { memberId: two.bob, reason: '' } }));
    await two.fixture.time.pass(60_000);
    const later = await next();
    expect(later.afterVersion).toBe(step.state!.version);
    expect(later.state).toMatchObject({ locked: true, version: two.fixture.conference.roster().version });
    expect(later.users.map(({ entity }) => entity)).toContain('sip:carol@acme.test');
    expect(later.removedUsers).toEqual(['sip:bob@acme.test']);

    await two.home.control(control({ $case: 'end', value: { reason: '' } }));
    await two.fixture.time.pass(60_000);
    const last: conference.RosterUpdate[] = [];
    for (let result = await watch.next(); result.done !== true; result = await watch.next())
      last.push((result.value as conference.WatchRosterResponse).update!);
    expect(last.at(-1)).toMatchObject({ state: { active: false } });
  });

  it('ends watches when the pod does, or the reader goes', async () => {
    const two = await pods();
    const gone = new AbortController();
    const watches = [two[asked].watchRoster(sales), two[asked].watchRoster(sales, { signal: gone.signal })].map(
      (watch) => watch[Symbol.asyncIterator](),
    );
    for (const watch of watches) await watch.next();
    const ends = watches.map((watch) => watch.next());
    gone.abort();
    expect((await ends[1])?.done).toBe(true);
    two.stopping.abort();
    expect((await ends[0])?.done).toBe(true);
  });

  it('finds nothing where no conference is under way', async () => {
    const two = await pods();
    const asking = { ...sales, room: 'empty' };
    await expect(two[asked].getConference({ ...asking, withDocument: false })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(two[asked].control({ ...control({ $case: 'lock', value: {} }), room: 'empty' })).rejects.toMatchObject(
      {
        code: 'not-found',
      },
    );
    await expect(two[asked].watchRoster(asking)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(two[asked].getConference({ ...sales, tenantId: 'other', withDocument: false })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(two[asked].getConference({ ...sales, tenantId: 'a.b', withDocument: false })).rejects.toMatchObject({
      code: 'invalid',
    });
  });
});

describe('what another pod has', () => {
  it('is passed on once, and not again by whoever has lost it since', async () => {
    const two = await pods();
    await expect(two.other.getConference({ ...sales, here: true, withDocument: false })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(two.passedOn).toEqual([]);
  });

  it('is unavailable while that pod is', async () => {
    const two = await pods();
    two.isHomeAway = true;
    await expect(two.other.control(control({ $case: 'lock', value: {} }))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('the list of conferences under way', () => {
  it('comes by the page', async () => {
    const { home } = await pods();
    const first = await home.listConferences({ tenantId: 'acme', pageSize: 2, pageToken: '' });
    expect(first.conferences.map(({ room }) => room)).toEqual(['a', 'b']);
    const second = await home.listConferences({ tenantId: 'acme', pageSize: 2, pageToken: first.nextPageToken });
    expect(second).toEqual({ conferences: [{ room: 'c', focusId: 'f', sinceMs: 5 }], nextPageToken: '' });
    await expect(home.listConferences({ tenantId: 'acme', pageSize: 0, pageToken: 'x' })).rejects.toMatchObject({
      code: 'invalid',
    });
    const { nextPageToken } = await home.listConferences({ tenantId: 'acme', pageSize: 3, pageToken: '' });
    expect(nextPageToken).toBe('');
    const pastTheEnd = { pageSize: 3, pageToken: formatCursor('c') };
    expect((await home.listConferences({ tenantId: 'acme', ...pastTheEnd })).conferences).toEqual([]);
    await expect(home.listConferences({ tenantId: 'nobody', ...pastTheEnd })).rejects.toMatchObject({
      code: 'not-found',
      message: 'there is no tenant nobody',
    });
  });
});
