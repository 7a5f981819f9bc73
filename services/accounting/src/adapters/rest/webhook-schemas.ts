import { pageOf, readText } from '@ringdown/platform/rest';
import { z } from 'zod';
import { parseWebhookName, parseWebhookSecret, parseWebhookUrl, WEBHOOK_EVENTS } from '../../domain/webhook.js';
import { tenantId } from './record-schemas.js';

export const webhookName = readText(parseWebhookName, {
  description: 'The webhook, named by the tenant.',
  example: 'billing',
});

const fields = {
  url: readText(parseWebhookUrl, {
    description: 'Where records are posted to: https, at an address of the public internet.',
    example: 'https://billing.example.com/call-records',
  }),
  events: z
    .array(z.enum(WEBHOOK_EVENTS, `must be ${WEBHOOK_EVENTS.join(' or ')}`), 'must be a list of events')
    .min(1, 'must name at least one event')
    .transform((events) => WEBHOOK_EVENTS.filter((event) => events.includes(event)))
    .default([...WEBHOOK_EVENTS])
    .meta({ description: 'Which records: those of calls that were answered, of others, or both.' }),
  enabled: z
    .boolean('must be true or false')
    .default(true)
    .meta({ description: 'Whether records are posted; those of the time in between are not made up for.' }),
};

export const webhookRequest = z
  .strictObject({
    ...fields,
    secret: readText(parseWebhookSecret, {
      description:
        'What messages are signed with, by Standard Webhooks. Needed for a new webhook; where absent the stored one stays. After a change the former one signs as well for a day. It is never given out.',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      format: 'password',
    }).optional(),
  })
  .meta({
    id: 'WebhookRequest',
    description: 'A webhook as it shall be. Writing a parked one has it tried again, with all its messages.',
  });

const time = (description: string) => z.iso.datetime().nullable().meta({ description });

export const webhookView = z
  .object({
    tenantId,
    name: webhookName,
    ...fields,
    state: z.enum(['active', 'retrying', 'parked', 'disabled']).meta({
      description: 'retrying after a failure, in growing intervals up to an hour; parked after a day without success.',
    }),
    pendingMessages: z.int().meta({ description: 'Messages that wait to be posted.' }),
    parkedMessages: z
      .int()
      .meta({ description: 'Messages that the endpoint has refused for a day while it took others.' }),
    failingSince: time('Since when nothing got through; null where the last attempt did.'),
    nextAttemptAt: time('When it is tried again; null where it is not being retried.'),
    lastDeliveredAt: time('When a message got through last.'),
    lastFailure: z
      .string()
      .nullable()
      .meta({ description: 'Why the last attempt failed; null where it got through.', example: 'it answered 503' }),
    createdAt: z.iso.datetime().meta({ description: 'When it was created.' }),
    updatedAt: z.iso.datetime().meta({ description: 'When it was last changed.' }),
  })
  .meta({ id: 'Webhook', description: 'Where a tenant is told of records, and how that goes.' });

export const webhookPage = pageOf(webhookView, 'WebhookPage');
