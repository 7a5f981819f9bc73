import { Header, parseDeltaSeconds, type SipRequest } from '@ringdown/sip-message';

/** The value of a NOTIFY's Subscription-State (RFC 6665 §4.1.3). An unknown state is kept as it is. */
export interface SubscriptionState {
  readonly state: string;
  readonly expiresSec: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterSec: number | undefined;
}

/** An event package and the id that tells subscriptions to it apart (RFC 6665 §8.2.1). */
export interface EventName {
  readonly package: string;
  readonly id: string | undefined;
}

/** Reads a NOTIFY's Subscription-State; undefined when it is missing or empty. */
export function subscriptionStateOf(notify: SipRequest): SubscriptionState | undefined {
  const parts = notify.value(Header.SubscriptionState)?.split(';') ?? [];
  const state = parts[0]?.trim().toLowerCase() ?? '';
  if (state === '') return undefined;
  const params = parametersOf(parts);
  return {
    state,
    expiresSec: parseDeltaSeconds(params.get('expires') ?? ''),
    reason: params.get('reason')?.toLowerCase(),
    retryAfterSec: parseDeltaSeconds(params.get('retry-after') ?? ''),
  };
}

/** Reads the Event header; undefined when it is missing or empty. */
export function eventOf(request: SipRequest): EventName | undefined {
  const parts = request.value(Header.Event)?.split(';') ?? [];
  const name = parts[0]?.trim() ?? '';
  // RFC 6665 §8.2.1: event packages are compared with case.
  return name === '' ? undefined : { package: name, id: parametersOf(parts).get('id') };
}

export function formatEvent(event: EventName): string {
  return event.id === undefined ? event.package : `${event.package};id=${event.id}`;
}

/**
 * Whether this final response to a SUBSCRIBE or NOTIFY ends the subscription it was sent for (RFC 6665 §4.1.2.2 and §4.2.2,
 * after RFC 5057 §5.1); other refusals leave it as it was. 408 stands for no answer.
 */
export function endsSubscription(statusCode: number): boolean {
  return (statusCode >= 480 && statusCode <= 485) || ENDING.has(statusCode);
}

const ENDING: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 489, 501, 604]);

function parametersOf(parts: readonly string[]): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const part of parts.slice(1)) {
    const [name = '', value = ''] = part.split('=', 2);
    params.set(name.trim().toLowerCase(), value.trim());
  }
  return params;
}
