import { conference } from '@ringdown/contracts';
import { DEFAULT_DEFINITION, type Room, type RoomDefinition } from '../../domain/room.js';
import type { RecordingPolicy } from '../../domain/room-settings.js';
import type { RoomRequest } from '../../use-cases/rooms.js';

const recordings: Readonly<Record<RecordingPolicy, conference.RecordingPolicy>> = {
  never: conference.RecordingPolicy.NEVER,
  allowed: conference.RecordingPolicy.ALLOWED,
  always: conference.RecordingPolicy.ALWAYS,
};

export function roomMessage(room: Room): conference.Room {
  const { tenantId, name, definition, pin, moderatorPin, version, createdAt, updatedAt } = room;
  return {
    tenantId,
    name,
    settings: {
      ...definition,
      displayName: definition.displayName ?? '',
      subject: definition.subject ?? '',
      moderators: [...definition.moderators],
      recording: recordings[definition.recording],
    },
    hasPin: pin !== undefined,
    hasModeratorPin: moderatorPin !== undefined,
    version,
    createdAtMs: Date.parse(createdAt),
    updatedAtMs: Date.parse(updatedAt),
  };
}

/** What somebody wants a room to be like; absent fields have their defaults. */
export function roomRequest({ settings, pin, moderatorPin }: conference.PutRoomRequest): RoomRequest {
  return {
    definition: settings === undefined ? DEFAULT_DEFINITION : definitionOf(settings),
    pin: pin === '' ? null : pin,
    moderatorPin: moderatorPin === '' ? null : moderatorPin,
  };
}

function definitionOf(settings: conference.RoomSettings): RoomDefinition {
  return {
    ...settings,
    displayName: settings.displayName || undefined,
    subject: settings.subject || undefined,
    recording: recordingOf(settings.recording),
    joinTones: settings.joinTones ?? DEFAULT_DEFINITION.joinTones,
    holdMusic: settings.holdMusic ?? DEFAULT_DEFINITION.holdMusic,
    video: settings.video ?? DEFAULT_DEFINITION.video,
    maxDurationSec: settings.maxDurationSec ?? DEFAULT_DEFINITION.maxDurationSec,
  };
}

function recordingOf(policy: conference.RecordingPolicy): RecordingPolicy {
  if (policy === conference.RecordingPolicy.ALLOWED) return 'allowed';
  return policy === conference.RecordingPolicy.ALWAYS ? 'always' : 'never';
}
