import { Header } from '@ringdown/sip-message';
import { afterEach, expect, it } from 'vitest';
import { ConferenceFixture } from '../../testing/conference-fixture.js';
import { audioSdp } from '../../testing/focus-phone.js';
import { FocusUnderTest } from '../../testing/focus-under-test.js';
import type { PodConferences } from '../../use-cases/conferences.js';

const room = 'sip:sales@acme.test';
let under: FocusUnderTest<PodConferences>;

afterEach(() => under.close());

it('a phone that takes another’s place by Replaces keeps its role and mute, and the old one gets a BYE (RFC 3891)', async () => {
  const fixture = new ConferenceFixture({ video: false, moderators: ['sip:alice@acme.test'] });
  under = new FocusUnderTest(fixture.conferences);
  const desk = under.phone('alice');
  desk.invite(room);
  await under.settle();
  const [before] = fixture.conference.roster().users;
  const member = before?.endpoints[0]?.memberId ?? '';
  await fixture.conference.control({ kind: 'operator' }, { type: 'mute', member });
  const { callId, localTag, remoteTag } = desk.session.dialog;
  const mobile = under.phone('alice');
  mobile.invite(room, audioSdp(4_200), [[Header.Replaces, `${callId};to-tag=${remoteTag};from-tag=${localTag}`]]);
  await under.settle();
  expect(desk.last('ended').cause).toBe('bye-received');
  expect(mobile.session.state).toBe('established');
  await under.pass(5_000);
  const connected = fixture.conference
    .roster()
    .users.flatMap(({ roles, endpoints }) => endpoints.map((endpoint) => ({ roles, ...endpoint })))
    .filter(({ status }) => status !== 'disconnected');
  expect(connected).toMatchObject([{ roles: ['moderator'], muted: true }]);
  expect(under.focus.calls.size).toEqual({ sessions: 1, invites: 0 });
  expect(under.focus.held.paths).toBe(1);
});
