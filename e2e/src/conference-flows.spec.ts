import { canRunWith } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConferencePlace, dialIn, domain } from './conference/conference-place.js';
import { schemaErrors } from './conference/roster-schema.js';
import { RosterView } from './conference/roster-view.js';
import { focusIn, type ScriptedMember, type StandingCall } from './conference/scripted-member.js';
import { uriIn, type WireMessage } from './peers/wire-message.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';

// The flows of RFC 4579 §5, each by its section, through edges and pods that are processes of their own. A figure's conference server is a pod of
// the focus with the edges before it.

const room = 'sip:daily@acme.test';
const inTime = { timeout: 10_000 };
const startMs = 120_000;

let place: ConferencePlace;

/** A member's dialog as the focus names it (RFC 3891 §3, RFC 3911 §4): its own tag first. */
function dialogOf({ invite, accepted }: StandingCall): string {
  return `${invite.callId};to-tag=${accepted.toTag};from-tag=${invite.fromTag}`;
}

/** What a NOTIFY of a REFER says that became of it (RFC 3515 §2.4.5). */
function becameOf(notify: WireMessage): string {
  return notify.header('Event').startsWith('refer') ? notify.body.trim() : '';
}

function isState(notify: WireMessage, state: 'full' | 'partial', holds = ''): boolean {
  return (
    notify.header('Event') === 'conference' && notify.body.includes(`state="${state}"`) && notify.body.includes(holds)
  );
}

/** Whether a subscription to the conference ends. */
function isEnd(notify: WireMessage): boolean {
  return notify.header('Event') === 'conference' && notify.header('Subscription-State').startsWith('terminated');
}

/** Who is in the room by now, with the status and the joining method of each phone. */
async function roster(name = 'daily'): Promise<readonly string[]> {
  const users = (await place.api().conference(name))?.users ?? [];
  return users
    .flatMap(({ entity, endpoints }) =>
      endpoints.map(({ status, joiningMethod }) => `${entity} ${status} ${joiningMethod}`),
    )
    .toSorted();
}

const connected = (user: string, how = 'dialed-in') => `sip:${user}@${domain} connected ${how}`;

/** Alice in the room, who is its moderator. */
async function aliceInTheRoom(): Promise<{ readonly alice: ScriptedMember; readonly call: StandingCall }> {
  const alice = await place.member('alice');
  const call = await alice.call(room);
  await expect.poll(() => roster(), inTime).toContain(connected('alice'));
  return { alice, call };
}

describe.runIf(canRunWith('nats-server'))('RFC 4579 §5', () => {
  beforeAll(async () => {
    place = await ConferencePlace.start({ users: ['alice', 'bob', 'carol', 'dave'] });
  }, startMs);
  afterEach(async () => {
    if ((await place.api().conference('daily')) !== undefined) await place.api().end('daily');
    await place.hangUpAll();
  });
  afterAll(() => place?.stop());

  beforeAll(async () => {
    const moderators = [`sip:alice@${domain}`];
    await place.api().putRoom('daily', { joinTones: false, holdMusic: false, moderators });
  });

  it('5.1 Joining a Conference Using the Conference URI - Dial-In', async () => {
    const { alice, call } = await aliceInTheRoom();
    expect(focusIn(call.accepted)).toEqual({ uri: room, isFocus: true });
    expect(call.accepted.header('Allow-Events')).toContain('conference');

    const subscribed = await alice.subscribe(focusIn(call.accepted).uri);
    expect([200, 202]).toContain(subscribed.answer.statusCode);
    const notify = await alice.notification((each) => isState(each, 'full'), 'the whole roster');
    expect(notify.header('Content-Type')).toBe('application/conference-info+xml');
    expect(notify.header('Subscription-State')).toMatch(/^active/);
    expect(await schemaErrors([notify.body])).toEqual([]);

    const bob = await place.member('bob', { edge: 1 });
    await bob.call(room);
    await alice.notification((each) => isState(each, 'partial', `entity="sip:bob@${domain}"`), 'Bob in the roster');
    expect((await alice.within(call, 'BYE')).statusCode).toBe(200);
    await expect.poll(() => roster(), inTime).toEqual([connected('bob')]);
  });

  it('5.2 Adding a Participant by the Focus - Dial-Out', async () => {
    await aliceInTheRoom();
    const bob = await place.member('bob', { edge: 1 });
    await place.api().invite('daily', bob.addressOfRecord);
    const call = await bob.answer();
    expect(focusIn(call.invite)).toEqual({ uri: room, isFocus: true });
    expect(uriIn(call.invite.header('From'))).toBe(room);
    await expect.poll(() => roster(), inTime).toEqual([connected('alice'), connected('bob', 'dialed-out')]);

    await bob.subscribe(focusIn(call.invite).uri);
    await bob.notification((each) => isState(each, 'full', `entity="sip:alice@${domain}"`), 'the whole roster');
    expect((await bob.within(call, 'BYE')).statusCode).toBe(200);
    await expect.poll(() => roster(), inTime).toEqual([connected('alice')]);
  });

  it.runIf(canRunWith('baresip'))(
    '5.3 Manually Creating a Conference by Dialing into a Conferencing Application',
    async () => {
      // The application asks for a PIN by tones, and takes digits as events of RFC 4733.
      await place.api().putRoom('asks', { pin: '4711', holdMusic: false });
      const bob = await place.baresip('bob', 440);
      await dialIn('asks', bob);
      expect(await roster('asks')).not.toContain(connected('bob'));
      bob.press('4711#');
      await expect.poll(() => roster('asks'), inTime).toEqual([connected('bob')]);
    },
  );

  it('5.4 Creating a Conference Using Ad-Hoc SIP Methods', async () => {
    const alice = await place.member('alice');
    const call = await alice.call(`sip:conference-factory@${domain}`);
    const { uri, isFocus } = focusIn(call.accepted);
    expect(isFocus).toBe(true);
    expect(uri).toMatch(/^sip:adhoc-[a-z0-9]{12}@acme\.test$/);
    await alice.subscribe(uri);
    await alice.notification((each) => isState(each, 'full', `entity="${uri}"`), 'the new conference');

    const bob = await place.member('bob', { edge: 1 });
    const second = await bob.call(uri);
    expect(focusIn(second.accepted)).toEqual({ uri, isFocus });
    await bob.within(second, 'BYE');
    await alice.within(call, 'BYE');
    // It ends with its last member; who is none has nothing to be told about it.
    await alice.notification(isEnd, 'the end of the subscription');
    expect((await bob.request('INVITE', uri, [], bob.description)).answer.statusCode).toBe(404);
  });

  it.each(['within her dialog', 'to the conference URI'])(
    '5.5 Requesting the Focus Add a New Resource to a Conference: REFER %s',
    async (where) => {
      const { alice, call } = await aliceInTheRoom();
      const bob = await place.member('bob', { edge: 1 });
      const headers = [['Refer-To', `<${bob.addressOfRecord}>`]] as const;
      const accepted =
        where === 'within her dialog'
          ? await alice.within(call, 'REFER', headers)
          : (await alice.request('REFER', room, headers)).answer;
      expect(accepted.statusCode).toBe(202);
      const { invite } = await bob.answer();
      expect(focusIn(invite)).toEqual({ uri: room, isFocus: true });
      await alice.notification((each) => becameOf(each).startsWith('SIP/2.0 100 '), 'the attempt');
      const end = await alice.notification((each) => becameOf(each).startsWith('SIP/2.0 200 '), 'the success');
      expect(end.header('Subscription-State')).toMatch(/^terminated/);
      expect(end.header('Content-Type')).toMatch(/^message\/sipfrag/);
      await expect.poll(() => roster(), inTime).toEqual([connected('alice'), connected('bob', 'dialed-out')]);
    },
  );

  it('5.6 Adding a 3rd Party Using Conference URI', async () => {
    const { alice } = await aliceInTheRoom();
    const bob = await place.member('bob', { edge: 1 });
    const referred = alice.request('REFER', bob.addressOfRecord, [['Refer-To', `<${room};method=INVITE>`]]);
    const refer = await bob.phone.receive('REFER');
    const accepted = bob.phone.respond(refer, 202, 'Accepted');
    const dialog = ScriptedDialog.ofCallee(bob.phone, refer, accepted);
    expect((await referred).answer.statusCode).toBe(202);
    const target = uriIn(refer.header('Refer-To')).replace(/;method=INVITE$/, '');
    const call = await bob.call(target, { headers: [['Referred-By', `<${alice.addressOfRecord}>`]] });
    expect(focusIn(call.accepted)).toEqual({ uri: room, isFocus: true });
    dialog.request('NOTIFY', 'SIP/2.0 200 OK\r\n', [
      ['Event', 'refer'],
      ['Subscription-State', 'terminated;reason=noresource'],
      ['Contact', `<${bob.phone.contact}>`],
    ]);
    await alice.notification((each) => becameOf(each).startsWith('SIP/2.0 200 '), 'the success');
    await expect.poll(() => roster(), inTime).toEqual([connected('alice'), connected('bob')]);
  });

  it('5.7 Adding a 3rd Party Using a Dialog Identifier', async () => {
    const carol = await place.member('carol');
    const call = await carol.call(room);
    // Who joins by another one's dialog is to be trusted with it: here the moderator.
    const alice = await place.member('alice', { edge: 1 });
    const join = encodeURIComponent(dialogOf(call));
    const referred = carol.request('REFER', alice.addressOfRecord, [['Refer-To', `<${room}?Join=${join}>`]]);
    const refer = await alice.phone.receive('REFER');
    alice.phone.respond(refer, 202, 'Accepted');
    expect((await referred).answer.statusCode).toBe(202);
    const [target = '', header = ''] = uriIn(refer.header('Refer-To')).split('?Join=');
    const joined = await alice.call(target, { headers: [['Join', decodeURIComponent(header)]] });
    expect(focusIn(joined.accepted)).toEqual({ uri: room, isFocus: true });
    await expect.poll(() => roster(), inTime).toEqual([connected('alice'), connected('carol')]);
  });

  it('5.8 Changing User Agents within a Conference', async () => {
    const { alice, call } = await aliceInTheRoom();
    const [member] = await place.api().membersOf('daily', `alice@${domain}`);
    await place.api().change('daily', `alice@${domain}`, { muted: true });
    const second = await place.member('alice', { edge: 1 });
    const moved = await second.call(room, { headers: [['Replaces', dialogOf(call)]] });
    expect(focusIn(moved.accepted)).toEqual({ uri: room, isFocus: true });
    await alice.hungUp(call);
    // She keeps what she was: her mute, and one place in the roster.
    await expect.poll(() => roster(), inTime).toHaveLength(1);
    const [user] = (await place.api().conference('daily'))?.users ?? [];
    expect(user?.endpoints.map(({ muted, role }) => ({ muted, role }))).toEqual([{ muted: true, role: 'moderator' }]);
    expect(member).toBeTypeOf('string');
    expect((await second.within(moved, 'BYE')).statusCode).toBe(200);
  });

  it('5.9 Bringing a Point-to-Point Dialog into a Conference', async () => {
    const bob = await place.member('bob', { edge: 1 });
    const alice = await place.member('alice');
    const answering = bob.answer();
    const between = await alice.call(bob.addressOfRecord);
    const ofBob = await answering;
    const call = await alice.call(room);
    // The dialog as Bob, who is to replace it, has it: his tag first.
    const replaces = `${ofBob.invite.callId};to-tag=${ofBob.accepted.toTag};from-tag=${ofBob.invite.fromTag}`;
    const referTo = `<${bob.addressOfRecord}?Replaces=${encodeURIComponent(replaces)}>`;
    const accepted = await alice.within(call, 'REFER', [['Refer-To', referTo]]);
    expect(accepted.statusCode).toBe(202);
    const inRoom = await bob.answer((invite) => invite.has('Replaces'));
    expect(inRoom.invite.header('Replaces')).toBe(replaces);
    expect(focusIn(inRoom.invite)).toEqual({ uri: room, isFocus: true });
    const leaving = alice.hungUp(between);
    expect((await bob.within(ofBob, 'BYE')).statusCode).toBe(200);
    await leaving;
    await alice.notification((each) => becameOf(each).startsWith('SIP/2.0 200 '), 'the success');
    await expect.poll(() => roster(), inTime).toEqual([connected('alice'), connected('bob', 'dialed-out')]);
  });

  it('5.10 Requesting the Focus to Remove a Participant from a Conference', async () => {
    const { alice, call } = await aliceInTheRoom();
    const bob = await place.member('bob', { edge: 1 });
    const ofBob = await bob.call(room);
    await expect.poll(() => roster(), inTime).toContain(connected('bob'));
    const refer = await alice.within(call, 'REFER', [['Refer-To', `<${bob.addressOfRecord};method=BYE>`]]);
    expect(refer.statusCode).toBe(202);
    await bob.hungUp(ofBob);
    await alice.notification((each) => becameOf(each).startsWith('SIP/2.0 200 '), 'the success');
    await expect.poll(() => roster(), inTime).toEqual([connected('alice')]);
  });

  it('5.11 Deleting a Conference', async () => {
    const { alice, call } = await aliceInTheRoom();
    const bob = await place.member('bob', { edge: 1 });
    const ofBob = await bob.call(room);
    await alice.subscribe(room);
    await alice.notification((each) => isState(each, 'full'), 'the whole roster');
    await place.api().end('daily');
    await Promise.all([alice.hungUp(call), bob.hungUp(ofBob)]);
    expect((await alice.notification(isEnd, 'its end')).header('Subscription-State')).toContain('reason=noresource');
    expect(await place.api().conference('daily')).toBeUndefined();
  });

  it('5.12 Discovery of Conferencing Capabilities Using OPTIONS', async () => {
    const alice = await place.member('alice');
    const { answer } = await alice.request('OPTIONS', room);
    expect(answer.statusCode).toBe(200);
    expect(focusIn(answer)).toEqual({ uri: room, isFocus: true });
    const allowed = answer.list('Allow');
    for (const method of ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REFER', 'SUBSCRIBE', 'UPDATE'])
      expect(allowed).toContain(method);
    expect(answer.list('Allow-Events')).toContain('conference');
    expect(answer.list('Supported')).toEqual(expect.arrayContaining(['replaces', 'join']));
    expect(answer.header('Accept')).toContain('application/sdp');
  });

  it('documents of a whole conference are valid by the schema of RFC 4575', async () => {
    const { alice, call } = await aliceInTheRoom();
    const view = new RosterView();
    await alice.subscribe(room);
    const bob = await place.member('bob', { edge: 1 });
    const ofBob = await bob.call(room);
    await alice.notification((each) => isState(each, 'partial', `entity="sip:bob@${domain}"`), 'Bob');
    await place.api().change('daily', `bob@${domain}`, { muted: true });
    await alice.notification((each) => isState(each, 'partial', 'muted-via-focus'), 'Bob being muted');
    await bob.within(ofBob, 'BYE');
    await alice.notification((each) => isState(each, 'partial', 'state="deleted"'), 'Bob having left');
    const documents = alice.notifications
      .filter((each) => each.header('Event') === 'conference')
      .map(({ body }) => body);
    expect(await schemaErrors(documents)).toEqual([]);
    for (const document of documents) view.read(document);
    expect([view.gaps, [...view.users.keys()]]).toEqual([0, [`sip:alice@${domain}`]]);
    await alice.within(call, 'BYE');
  });
});
