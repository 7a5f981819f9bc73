import { parseCursor, parseTenantId } from '@ringdown/platform/commands';
import { pageOf, pageQuery, readText } from '@ringdown/platform/rest';
import { z } from 'zod';
import { parsePosition } from '../../domain/record-position.js';
import { parseInstant } from '../../domain/time-range.js';

export const tenantId = readText(parseTenantId, { description: 'The tenant, named by the operator.', example: 'acme' });
export const callKey = z
  .string()
  .max(256)
  .meta({ description: "The platform's own id of the call.", example: '5f0c21b7a9d3e846' });
export const sipCallId = z
  .string()
  .min(1)
  .max(512, 'must be at most 512 characters long')
  .meta({ description: 'The Call-ID header field of its INVITE.', example: 'a84b4c76e66710@pc33.acme.example' });

const causes = ['hung-up', 'cancelled', 'rejected', 'no-answer', 'expired', 'limit', 'lost'] as const;
const states = ['in-progress', 'ended'] as const;
const instant = (description: string) => readText(parseInstant, { description, example: '2026-11-22T08:00:00Z' });

/** Which records; the same for the list and for the export. */
export const recordFilter = {
  from: instant('Calls that began at this time or later; a day before "to" where absent.').optional(),
  to: instant('Calls that began before this time; now where absent. At most 32 days after "from".').optional(),
  party: z
    .string()
    .min(1)
    .max(512)
    .meta({
      description: 'The identity of either side, as the records have it.',
      example: 'sip:alice@sip.acme.example',
    })
    .optional(),
  callId: sipCallId
    .meta({ description: 'The Call-ID of the INVITE. Without "from" and "to" all days are searched.' })
    .optional(),
  state: z
    .enum(states, `must be ${states.join(' or ')}`)
    .meta({ description: 'How it is with the call.' })
    .optional(),
  releaseCause: z
    .enum(causes, `must be one of ${causes.join(', ')}`)
    .meta({ description: 'Why the call ended.' })
    .optional(),
};

export const recordPageQuery = pageQuery.extend({
  cursor: readText(
    (text) => {
      const key = parseCursor(text);
      return key.ok ? parsePosition(key.value) : key;
    },
    { description: 'The "next" of the previous page.', example: 'WzEsIjE3OTUzMzUyMDAwMDAgWng4Il0' },
  ).optional(),
});

const time = (description: string) => z.iso.datetime().meta({ description });

const partyView = z
  .object({
    tenantId: z
      .string()
      .nullable()
      .meta({ description: "Whose user it is; null where it is nobody's, or another tenant's." }),
    identity: z.string().meta({
      description: 'Who: the proved identity of the caller, or the address that was called.',
      example: 'sip:alice@sip.acme.example',
    }),
    place: z
      .object({
        kind: z.enum(['binding', 'trunk', 'outside', 'service']),
        value: z.string().meta({ example: 'sip:alice@sip.acme.example' }),
      })
      .nullable()
      .meta({
        description:
          'Where the leg led to: an address of record with bindings, a trunk, a URI outside or a service such as a conference. null where it is not known yet, or where it is with another tenant.',
      }),
  })
  .meta({ id: 'CallParty', description: 'One side of a call.' });

export const recordView = z
  .object({
    callKey,
    sipCallId,
    traceId: z.string().meta({ description: "Of the call's trace." }),
    state: z.enum(states),
    direction: z
      .enum(['outgoing', 'incoming', 'internal'])
      .meta({ description: 'As the tenant sees it; internal where both sides are its users.' }),
    startedAt: time('When the INVITE was forwarded, by the clock of the edge.'),
    answeredAt: time('When the first 2xx was forwarded; null where it never was, or not yet.').nullable(),
    endedAt: time('When it was over; null while it is in progress.').nullable(),
    durationMs: z
      .int()
      .nullable()
      .meta({ description: 'From answer to end; 0 where it was never answered, null while it is in progress.' }),
    originating: partyView,
    terminating: partyView,
    release: z
      .object({
        cause: z.enum(causes),
        side: z.enum(['originator', 'terminator', 'platform']),
        statusCode: z
          .int()
          .nullable()
          .meta({ description: 'The final status where it was not answered.', example: 486 }),
        reason: z.string().nullable().meta({ description: 'A Reason header field value (RFC 3326).' }),
      })
      .nullable()
      .meta({ description: 'Why it ended and by whom; null while it is in progress.' }),
    codec: z.string().nullable().meta({ description: 'The first audio format of the answer.', example: 'PCMA' }),
    mediaNode: z.string().nullable().meta({ description: 'The relay that its media went through, if any.' }),
    edgeId: z.string().meta({ description: 'The edge that it began at.' }),
    closedBy: z.enum(['event', 'session-expiry', 'limit', 'rebuilt']).nullable().meta({
      description:
        'How the end is known: seen; concluded since its session was not refreshed, or since it lasted longer than calls may; or rebuilt from an end without a beginning.',
    }),
    isMarked: z.boolean().meta({
      description: 'Whether answer or end are concluded and not seen, so that somebody may look before billing.',
    }),
    version: z.int().meta({ description: 'Counts the changes of the record.' }),
    updatedAt: time('When it was last changed.'),
  })
  .meta({ id: 'CallRecord', description: 'All that is known of one call.' });

export const recordPage = pageOf(recordView, 'CallRecordPage');
