import { events } from '@ringdown/contracts';
import type { ConferenceEvent, EndReason, EventMember } from '../../ports/conference-events.js';
import { disconnectionMethods, joiningMethods, roleMessages } from '../grpc/roster-messages.js';

type Event = NonNullable<events.ConferenceEvent['event']>;

const ends: Readonly<Record<EndReason, events.ConferenceEnd>> = {
  empty: events.ConferenceEnd.EMPTY,
  'no-moderator': events.ConferenceEnd.NO_MODERATOR,
  ended: events.ConferenceEnd.ENDED,
  'too-long': events.ConferenceEnd.TOO_LONG,
  'media-lost': events.ConferenceEnd.MEDIA_LOST,
  'home-lost': events.ConferenceEnd.HOME_LOST,
  drained: events.ConferenceEnd.DRAINED,
};

/** What has happened, as it goes over the bus. */
export function eventMessage(event: ConferenceEvent): Event {
  switch (event.type) {
    case 'started':
      return { $case: 'started', value: {} };
    case 'ended':
      return {
        $case: 'ended',
        value: { end: ends[event.why], durationMs: event.durationMs, mostMembers: event.mostMembers },
      };
    case 'joined':
      return {
        $case: 'joined',
        value: {
          member: memberMessage(event.member),
          how: joiningMethods[event.how],
          role: roleMessages[event.role],
        },
      };
    case 'left':
      return {
        $case: 'left',
        value: {
          member: memberMessage(event.member),
          how: disconnectionMethods[event.how],
          reason: event.reason,
          durationMs: event.durationMs,
        },
      };
    case 'muted':
    case 'unmuted':
      return {
        $case: 'muted',
        value: { member: memberMessage(event.member), muted: event.type === 'muted', by: event.by },
      };
    case 'deafened':
    case 'undeafened':
      return {
        $case: 'deafened',
        value: { member: memberMessage(event.member), deaf: event.type === 'deafened', by: event.by },
      };
    case 'role':
      return {
        $case: 'role',
        value: { member: memberMessage(event.member), role: roleMessages[event.role], by: event.by },
      };
    case 'hand':
      return { $case: 'hand', value: { member: memberMessage(event.member), raised: event.raised } };
    case 'locked':
    case 'unlocked':
      return { $case: 'locked', value: { locked: event.type === 'locked', by: event.by } };
    case 'speakers':
      return { $case: 'speakers', value: { members: event.members.map(memberMessage) } };
    case 'recording-started':
      return { $case: 'recording', value: { running: true, path: event.path, durationMs: 0, by: event.by } };
    case 'recording-stopped':
      return {
        $case: 'recording',
        value: { running: false, path: event.path, durationMs: event.durationMs, by: event.by },
      };
    case 'wrong-pin':
      return { $case: 'wrongPin', value: { uri: event.uri, tries: event.tries } };
  }
}

function memberMessage({ memberId, uri, displayName }: EventMember): events.ConferenceMember {
  return { memberId, uri, displayName: displayName ?? '' };
}
