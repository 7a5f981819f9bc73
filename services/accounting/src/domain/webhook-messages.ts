import type { WebhookEvent } from './webhook.js';

/** What a webhook is told of. */
interface Listener {
  readonly tenantId: string;
  readonly events: readonly WebhookEvent[];
}

interface Told {
  readonly state: 'in-progress' | 'ended';
  readonly answeredAtMs: number | undefined;
  readonly originating: { readonly tenantId: string | undefined };
  readonly terminating: { readonly tenantId: string | undefined };
}

/** Records in one message at most. */
const MOST_RECORDS = 100;

/**
 * The records that a webhook is told of, in their order, in as many parts as there are to be messages. One that was closed by inference and
 * has turned out to go on is told of when it ends.
 */
export function messagesFor<T extends Told>({ tenantId, events }: Listener, records: readonly T[]): readonly T[][] {
  const told = records.filter(
    ({ state, answeredAtMs, originating, terminating }) =>
      state === 'ended' &&
      (originating.tenantId === tenantId || terminating.tenantId === tenantId) &&
      events.includes(answeredAtMs === undefined ? 'call-record.unanswered' : 'call-record.answered'),
  );
  const messages: T[][] = [];
  for (let at = 0; at < told.length; at += MOST_RECORDS) messages.push(told.slice(at, at + MOST_RECORDS));
  return messages;
}
