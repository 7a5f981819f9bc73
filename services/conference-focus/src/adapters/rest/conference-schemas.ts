import { label } from '@ringdown/platform/rest';
import { z } from 'zod';
import { ROOM_BOUNDS } from '../../domain/room.js';

const uri = (description: string, example: string) => z.string().meta({ description, example });

export const conferencePlaceView = z
  .object({
    room: z.string().meta({ example: 'daily' }),
    focusId: z.string().meta({ description: 'The pod that it lives on.' }),
    since: z.iso.datetime().meta({ description: 'When it began.' }),
  })
  .meta({ id: 'ConferencePlace', description: 'A conference under way, and where.' });

export const usageView = z
  .object({
    items: z.array(
      z.object({
        month: z.string().meta({ description: 'A calendar month in UTC.', example: '2026-11' }),
        memberMinutes: z.int().meta({ description: 'Whole minutes, all members that left in this month added up.' }),
      }),
    ),
  })
  .meta({ id: 'ConferenceUsage', description: 'How long members were in.' });

const endpointView = z.object({
  entity: z.string(),
  memberId: z.string().meta({ description: 'By which the member is named in paths.' }),
  displayName: z.string(),
  role: z.enum(['moderator', 'participant']),
  status: z
    .enum(['dialing-in', 'dialing-out', 'alerting', 'on-hold', 'connected', 'muted-via-focus', 'disconnected'])
    .meta({ description: 'In the words of RFC 4575.' }),
  joiningMethod: z.enum(['dialed-in', 'dialed-out', 'focus-owner']),
  joinedAt: z.iso.datetime().nullable().meta({ description: 'null until it is in.' }),
  invitedBy: z.string().meta({ description: 'The URI of who called it in; empty where it came by itself.' }),
  disconnectionMethod: z.enum(['departed', 'booted', 'failed', 'busy']).nullable(),
  disconnectionReason: z.string(),
  media: z.array(
    z.object({
      id: z.string(),
      type: z.enum(['audio', 'video']),
      direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']),
    }),
  ),
  muted: z.boolean().meta({ description: 'Its sound reaches nobody.' }),
  deaf: z.boolean().meta({ description: 'It hears nobody.' }),
  waiting: z.boolean().meta({ description: 'It hears music until a moderator is there.' }),
  handRaised: z.boolean(),
  gainDb: z.number().meta({ description: "Of its sound in the others' mix." }),
});

export const conferenceView = z
  .object({
    tenantId: z.string(),
    room: z.string(),
    conferenceId: z.string().meta({ description: 'Of this one conference: the next in the same room has another.' }),
    focusId: z.string().meta({ description: 'The pod that it lives on.' }),
    version: z.int().meta({ description: 'One higher with each change of the roster.' }),
    entity: uri("The conference's URI.", 'sip:daily@acme.example'),
    displayName: z.string(),
    subject: z.string(),
    maximumUserCount: z.int().meta({ description: '0: no maximum.' }),
    userCount: z.int(),
    active: z.boolean(),
    locked: z.boolean(),
    recording: z.boolean(),
    users: z.array(
      z.object({
        entity: uri('An address of record, or a URI outside.', 'sip:alice@acme.example'),
        displayName: z.string(),
        roles: z.array(z.enum(['moderator', 'participant'])),
        endpoints: z.array(endpointView).meta({ description: 'All phones of this user that are in the room.' }),
      }),
    ),
  })
  .meta({ id: 'Conference', description: 'A conference under way, and who is in it.' });

const flag = (description: string) => z.boolean('must be true or false').optional().meta({ description });

/** At least one field, since nothing is no change. */
const atLeastOne = 'must name something to change';

export const memberChange = z
  .strictObject({
    muted: flag('Whether its sound reaches nobody.'),
    deaf: flag('Whether it hears nobody.'),
    gainDb: z
      .number('must be a number from -20 to 20')
      .min(-20, 'must be a number from -20 to 20')
      .max(20, 'must be a number from -20 to 20')
      .optional()
      .meta({ description: "Of its sound in the others' mix; 0 leaves it as it is." }),
    role: z.enum(['moderator', 'participant'], 'must be moderator or participant').optional(),
    handRaised: flag('Whether it wants to say something.'),
  })
  .refine((change) => Object.keys(change).length > 0, atLeastOne)
  .meta({ id: 'MemberChange', description: 'What shall be otherwise of a member; what is left out stays.' });

export const conferenceChange = z
  .strictObject({
    locked: flag('Whether nobody else gets in, but for moderators and who is invited.'),
    allMuted: flag('Whether everybody but moderators is muted, or nobody is any more.'),
    maxMembers: z
      .int(`must be a whole number from 0 to ${ROOM_BOUNDS.maxMembers}`)
      .min(0, `must be a whole number from 0 to ${ROOM_BOUNDS.maxMembers}`)
      .max(ROOM_BOUNDS.maxMembers, `must be a whole number from 0 to ${ROOM_BOUNDS.maxMembers}`)
      .optional()
      .meta({ description: 'Members at most; who is in stays. 0: as many as the tenant may have.' }),
  })
  .refine((change) => Object.keys(change).length > 0, atLeastOne)
  .meta({ id: 'ConferenceChange', description: 'What shall be otherwise of a conference; what is left out stays.' });

export const invitationRequest = z
  .strictObject({
    target: z
      .string('must be a text')
      .max(512, 'must be at most 512 characters long')
      .regex(
        /^(?:sips?:[^\s<>"]+@[^\s<>"]+|tel:\+?[0-9.()-]+)$/i,
        'must be a SIP or tel URI such as sip:bob@acme.example or tel:+493012345',
      )
      .meta({ description: 'Whom to call, by a SIP or tel URI.', example: 'sip:bob@acme.example' }),
    displayName: label('Who it is, for the roster.'),
  })
  .meta({ id: 'InvitationRequest', description: 'Somebody who shall be called into the room.' });

export const reasonQuery = z
  .string()
  .max(128, 'must be at most 128 characters long')
  .regex(/^[^\p{Cc}"\\]*$/u, 'must not contain control characters, quotes and backslashes')
  .default('')
  .meta({ description: 'What the phones are told.' });
