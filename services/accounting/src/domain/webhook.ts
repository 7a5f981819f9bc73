import type { TenantId } from '@ringdown/platform/commands';
import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

/** What a webhook may ask for: records of calls that were answered, and of calls that weren't. */
export const WEBHOOK_EVENTS = ['call-record.answered', 'call-record.unanswered'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** How a webhook shall be. */
export interface WebhookDefinition {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly enabled: boolean;
}

/**
 * How it goes with a webhook: `active`; `retrying` after a failure; `parked` when nothing got through for a day, until somebody
 * writes it anew; `disabled` as it was asked for.
 */
export type WebhookState = 'active' | 'retrying' | 'parked' | 'disabled';

/** A webhook as it is stored; its secrets stay with the store. */
export interface Webhook extends WebhookDefinition {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly state: WebhookState;
  /** Messages that wait, parked ones of an active webhook not counted. */
  readonly pendingMessages: number;
  /** Messages that were given up. */
  readonly parkedMessages: number;
  readonly failingSince: Date | undefined;
  readonly nextAttemptAt: Date | undefined;
  readonly lastDeliveredAt: Date | undefined;
  /** A sentence about the last attempt that failed since one succeeded. */
  readonly lastFailure: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** At most so many of one tenant: each gets every record. */
export const MAX_WEBHOOKS_PER_TENANT = 5;

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a webhook's name: 1 to 63 of a–z, 0–9 and inner hyphens. */
export function parseWebhookName(text: string): Parsed<string> {
  if (NAME.test(text)) return parsed(text);
  return rejected(
    'must be 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
  );
}

/** Reads where a webhook leads to: an absolute http or https URL without a user, a password or a fragment, in canonical form. */
export function parseWebhookUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return rejected('must be a URL like https://billing.example.com/calls');
  if (url.username !== '' || url.password !== '') return rejected('must hold no user and no password');
  if (url.hash !== '') return rejected('must have no fragment (#…)');
  if (url.href.length > 2048) return rejected('must be at most 2048 characters long');
  return parsed(url.href);
}

const SECRET_PREFIX = 'whsec_';

/** Reads a Standard Webhooks secret: `whsec_` and the base64 of 24 to 64 random bytes. */
export function parseWebhookSecret(text: string): Parsed<string> {
  const expected = 'must be whsec_ followed by the base64 of 24 to 64 random bytes';
  if (!text.startsWith(SECRET_PREFIX)) return rejected(expected);
  const encoded = text.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Decoding passes over what is no base64; encoding again shows whether there was any.
  if (bytes.toString('base64') !== encoded || bytes.length < 24 || bytes.length > 64) return rejected(expected);
  return parsed(text);
}
