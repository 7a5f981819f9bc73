import { Header, type HeaderField, quote, type ResponseOptions, reasonPhrase } from '@ringdown/sip-message';
import type { Unacceptable } from '../../domain/negotiation/media-policy.js';
import type { HangUp } from '../../ports/member-leg.js';
import { wireText } from './wire-text.js';

/** A final response that refuses, with words for a person. */
export interface SipRefusal {
  readonly statusCode: number;
  readonly options: ResponseOptions;
}

/** Stands where Warning names its author (RFC 3261 §20.43): a pseudonym, since pods have no name outside. */
const agent = 'conference-focus';

/** A refusal whose reason stands in a Warning too, as a phrase is often lost on the way. */
export function refusal(statusCode: number, text?: string, headers: readonly HeaderField[] = []): SipRefusal {
  if (text === undefined) return { statusCode, options: { headers } };
  return { statusCode, options: { headers: [warning(399, text), ...headers] } };
}

/** RFC 3261 §21.4.26: nothing in common, and what it was. */
export function notAcceptable({ warnCode, text }: Unacceptable): SipRefusal {
  return { statusCode: 488, options: { headers: [warning(warnCode, text)] } };
}

export function warning(code: number, text: string): HeaderField {
  return [Header.Warning, `${code} ${agent} ${quote(wireText(text))}`];
}

/** RFC 3326, in a BYE or CANCEL. */
export function reason(why: HangUp): HeaderField {
  return [Header.Reason, `SIP;cause=${why.statusCode ?? 200};text=${quote(wireText(why.text))}`];
}

/** What a caller that was not let in yet is answered with in the place of a BYE. */
export function refusalFor({ statusCode = 480, text }: HangUp): SipRefusal {
  return refusal(statusCode >= 300 ? statusCode : 480, text === reasonPhrase(statusCode) ? undefined : text);
}
