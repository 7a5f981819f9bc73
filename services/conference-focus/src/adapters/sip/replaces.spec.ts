import { Header, type HeaderField } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { audioSdp, type FocusPhone } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import { RecordedConferences } from '../../testing/recorded-conferences.js';

const room = 'sip:team@acme.test';
let under: FocusUnderTest<RecordedConferences>;

async function joined(): Promise<FocusPhone> {
  under = new FocusUnderTest(new RecordedConferences());
  const alice = under.phone('alice');
  alice.invite(room);
  await under.settle();
  return alice;
}

afterEach(() => under.close());

/** The dialog of a phone as the focus has it. */
function named(phone: FocusPhone): string {
  const { callId, localTag, remoteTag } = phone.session.dialog;
  return `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
}

async function invites(phone: FocusPhone, headers: readonly HeaderField[]): Promise<FocusPhone> {
  phone.invite(room, audioSdp(), headers);
  await under.settle();
  return phone;
}

describe('INVITE with Replaces (RFC 3891)', () => {
  it('takes the place of a call of the same user', async () => {
    const alice = await joined();
    const desk = under.phone('alice');
    await invites(desk, [[Header.Replaces, named(alice)]]);
    expect(desk.last('established').response.statusCode).toBe(200);
    expect(under.conferences.last.asked).toMatchObject({ room: 'team', replaces: 'm1' });
  });

  it('lets a moderator put another in the place of anybody', async () => {
    const alice = await joined();
    under.conferences.moderators.add('sip:boss@acme.test');
    await invites(under.phone('boss'), [[Header.Replaces, named(alice)]]);
    expect(under.conferences.last.asked).toMatchObject({ uri: 'sip:boss@acme.test', replaces: 'm1' });
  });

  it.each<[what: string, user: string, tenant: string, change: (value: string) => string, statusCode: number]>([
    ['a stranger', 'mallory', 'acme', (value) => value, 403],
    ['another tenant, which learns nothing', 'alice', 'evil', (value) => value, 481],
    ['a tag that is wrong', 'alice', 'acme', (value) => value.replace('from-tag=', 'from-tag=x'), 481],
    [
      'tags the wrong way round',
      'alice',
      'acme',
      (value) => value.replace('to-', 'x-').replace('from-', 'to-').replace('x-', 'from-'),
      481,
    ],
    ['a call that rings, of which there is none', 'alice', 'acme', (value) => `${value};early-only`, 486],
    ['half a header', 'alice', 'acme', (value) => value.split(';')[0] ?? '', 400],
  ])('refuses %s', async (_what, user, tenant, change, statusCode) => {
    const alice = await joined();
    const other = await invites(under.phone(user, tenant), [[Header.Replaces, change(named(alice))]]);
    expect(other.last('failed').statusCode).toBe(statusCode);
    expect(under.conferences.members).toHaveLength(1);
    expect(under.conferences.last.leaving).toBeUndefined();
  });
});

describe('INVITE with Join (RFC 3911)', () => {
  it('joins the room of that call, whatever the Request-URI', async () => {
    const alice = await joined();
    const desk = under.phone('alice');
    desk.invite('sip:conference-factory@acme.test', audioSdp(), [[Header.Join, named(alice)]]);
    await under.settle();
    expect(under.conferences.last.asked.room).toBe('team');
    expect(under.conferences.last.asked.replaces).toBeUndefined();
    expect(under.conferences.members).toHaveLength(2);
  });

  it('refuses a stranger, and what is no call', async () => {
    const alice = await joined();
    const other = await invites(under.phone('mallory'), [[Header.Join, named(alice)]]);
    expect(other.last('failed').statusCode).toBe(403);
    await invites(other, [[Header.Join, 'nothing;to-tag=1;from-tag=2']]);
    expect(other.last('failed').statusCode).toBe(481);
  });
});
