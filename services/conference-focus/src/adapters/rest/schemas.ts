import { type Parsed, parsed, parseTenantId, rejected } from '@ringdown/platform/commands';
import { count, label, readText, written } from '@ringdown/platform/rest';
import { z } from 'zod';
import { DEFAULT_DEFINITION, parseAddressOfRecord, parsePin, parseRoomName, ROOM_BOUNDS } from '../../domain/room.js';

export const tenantId = readText(parseTenantId, { description: 'The tenant, named by the operator.', example: 'acme' });

export const roomName = readText(parseRoomName, {
  description: "The room, named by the operator: the user part of its URI. A subscriber's username can't be one.",
  example: 'daily',
});

/** Of a conference under way, which may be one of the conference factory's. */
export const conferenceRoom = readText(
  (text) =>
    /^[a-z0-9._-]{1,64}$/.test(text)
      ? parsed(text)
      : rejected('must be 1 to 64 lower-case letters, digits, dots, underscores and hyphens'),
  { description: 'The room that the conference is in.', example: 'daily' },
);

export const memberId = z
  .string()
  .min(1)
  .max(128, 'must be at most 128 characters long')
  .meta({ description: 'A member, by the id that the roster gives it: one phone in the room.', example: 'k3x0' });

function parseAddress(text: string): Parsed<string> {
  const address = parseAddressOfRecord(text);
  return address.ok ? parsed(text) : address;
}

/** Who a command is given for. */
export const actorQuery = z.strictObject({
  as: readText(parseAddress, {
    description:
      'The address of record of a user for whom this is done, and who must be allowed to: a moderator of the room, or the member itself. Absent: the operator, who may everything.',
    example: 'sip:alice@acme.example',
  }).optional(),
});

const yesOrNo = (description: string, value: boolean) =>
  z.boolean('must be true or false').default(value).meta({ description });

const pin = (description: string) =>
  readText(parsePin, { description, example: '4711', format: 'password' }).nullable().optional();

const roomFields = {
  displayName: label('A name for people, which rosters show.'),
  subject: label('What the room is for.'),
  moderators: z
    .array(
      readText(parseAddress, { description: 'An address of record.', example: 'sip:alice@acme.example' }),
      'must be a list of addresses of record',
    )
    .max(ROOM_BOUNDS.moderators, `must be at most ${ROOM_BOUNDS.moderators} addresses of record`)
    .default([])
    .meta({ description: 'Who is a moderator by calling, without a PIN.' }),
  waitForModerator: yesOrNo(
    'Whether members hear music until a moderator is there.',
    DEFAULT_DEFINITION.waitForModerator,
  ),
  maxMembers: count(0, ROOM_BOUNDS.maxMembers, 'Members at most. 0: as many as the tenant may have.').default(
    DEFAULT_DEFINITION.maxMembers,
  ),
  lockedFromStart: yesOrNo(
    'Whether only moderators, and who is invited, get in from the start.',
    DEFAULT_DEFINITION.lockedFromStart,
  ),
  joinTones: yesOrNo('Whether a tone is heard when somebody comes or goes.', DEFAULT_DEFINITION.joinTones),
  mutedOnEntry: yesOrNo(
    'Whether members are muted when they come, but for moderators.',
    DEFAULT_DEFINITION.mutedOnEntry,
  ),
  recording: z
    .enum(['never', 'allowed', 'always'], 'must be never, allowed or always')
    .default(DEFAULT_DEFINITION.recording)
    .meta({
      description:
        "Whether the room may be recorded: by nobody, by a moderator's word, or from beginning to end. It is announced.",
    }),
  holdMusic: yesOrNo('Whether one who is alone, or waits, hears music.', DEFAULT_DEFINITION.holdMusic),
  video: yesOrNo('Whether the room takes video.', DEFAULT_DEFINITION.video),
  srtpRequired: yesOrNo(
    "Whether the room takes encrypted media only; the tenant's policy may ask for that of all rooms.",
    DEFAULT_DEFINITION.srtpRequired,
  ),
  endWithLastModerator: yesOrNo(
    'Whether the conference ends when its last moderator leaves.',
    DEFAULT_DEFINITION.endWithLastModerator,
  ),
  maxDurationSec: count(0, ROOM_BOUNDS.maxDurationSec, 'How long a conference may last. 0: for ever.').default(
    DEFAULT_DEFINITION.maxDurationSec,
  ),
};

export const roomRequest = z
  .strictObject({
    ...roomFields,
    pin: pin('Asked of whoever is no moderator. Absent: stays as it is; null: nobody is asked. It is never given out.'),
    moderatorPin: pin(
      'Makes a moderator of who knows it. Absent: stays as it is; null: there is none. It is never given out.',
    ),
  })
  .meta({
    id: 'RoomRequest',
    description: 'A room as it shall be. What is left out gets its default, but for the PINs, which stay.',
  });

export const roomView = z
  .object({
    tenantId: z.string(),
    name: z.string(),
    ...roomFields,
    hasPin: z.boolean().meta({ description: 'Whether callers are asked for a PIN.' }),
    hasModeratorPin: z.boolean().meta({ description: 'Whether there is a PIN for moderators.' }),
    ...written,
  })
  .meta({ id: 'Room', description: 'A room. There is no way to read its PINs.' });
