import { Header, type HeaderField } from '@ringdown/sip-message';

/** What the registrar says to a REGISTER. */
export interface Answer {
  readonly statusCode: number;
  /** The registered phrase where undefined. */
  readonly reasonPhrase: string | undefined;
  readonly headers: readonly HeaderField[];
}

/** A refusal, with a reason phrase that tells a person what is wrong (RFC 3261 §21.4.1). */
export interface Refusal extends Answer {
  readonly kind: 'refusal';
}

/** Refuses; without a reason phrase the registered one is used. */
export function refuse(statusCode: number, reasonPhrase?: string, headers: readonly HeaderField[] = []): Refusal {
  return { kind: 'refusal', statusCode, reasonPhrase, headers };
}

/** Something the registrar depends on can't be asked: the device is told when to come back (RFC 3261 §21.5.4). */
export function unavailable(retryAfterSec: number): Refusal {
  return refuse(503, undefined, [[Header.RetryAfter, String(retryAfterSec)]]);
}
