import {
  Header,
  type HeaderField,
  parseDeltaSeconds,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';

/** Which side of the transaction that agrees on it refreshes the session (RFC 4028 §4). */
export type Refresher = 'uac' | 'uas';

/** What a user agent wants of session timers. */
export interface SessionTimerPolicy {
  /** How long a session lasts without a refresh. */
  readonly intervalSec: number;
  /** The shortest interval that it takes; RFC 4028 §5 has none below 90. */
  readonly minSec: number;
}

/** RFC 4028 §4 recommends 1800; §5: nobody may want less than 90. */
export const defaultSessionTimer: SessionTimerPolicy = { intervalSec: 1_800, minSec: 90 };

/** What the two sides agreed on. */
export interface AgreedSessionTimer {
  readonly intervalSec: number;
  readonly refresher: Refresher;
}

export type SessionTimerAnswer =
  /** RFC 4028 §9: 422 with these headers. */
  | { readonly kind: 'too-small'; readonly headers: readonly HeaderField[] }
  | { readonly kind: 'timed'; readonly agreed: AgreedSessionTimer; readonly headers: readonly HeaderField[] };

interface SessionExpires {
  readonly intervalSec: number;
  readonly refresher: Refresher | undefined;
}

/** Reads Session-Expires; undefined where it is missing or can't be read. */
export function sessionExpiresOf(message: SipMessage): SessionExpires | undefined {
  const [seconds = '', ...parameters] = (message.value(Header.SessionExpires) ?? '').split(';');
  const intervalSec = parseDeltaSeconds(seconds.trim());
  if (intervalSec === undefined) return undefined;
  const refresher = parameters
    .map((parameter) => /^\s*refresher\s*=\s*(uac|uas)\s*$/i.exec(parameter)?.[1]?.toLowerCase())
    .find((value) => value !== undefined);
  return { intervalSec, refresher: refresher as Refresher | undefined };
}

function minSeOf(message: SipMessage): number | undefined {
  return parseDeltaSeconds((message.value(Header.MinSe) ?? '').split(';')[0]?.trim() ?? '');
}

function supportsTimers(message: SipMessage): boolean {
  const tags = [...message.list(Header.Supported), ...message.list(Header.Require)];
  return tags.some((tag) => tag.trim().toLowerCase() === 'timer');
}

/**
 * How an INVITE or UPDATE is answered by a user agent that wants every session timed (RFC 4028 §9). Who asks and knows timers refreshes,
 * unless it wants otherwise; for who doesn't know them the answering side does.
 */
export function answerSessionTimer(request: SipRequest, policy: SessionTimerPolicy): SessionTimerAnswer {
  const asked = sessionExpiresOf(request);
  const supports = supportsTimers(request);
  if (asked !== undefined && asked.intervalSec < policy.minSec && supports) {
    return { kind: 'too-small', headers: [[Header.MinSe, String(policy.minSec)]] };
  }
  // RFC 4028 §9: the interval may be lowered, but not below what the request's Min-SE and this side allow.
  const lowest = Math.max(policy.minSec, minSeOf(request) ?? 0);
  const intervalSec = Math.max(lowest, Math.min(asked?.intervalSec ?? policy.intervalSec, policy.intervalSec));
  const refresher = supports ? (asked?.refresher ?? 'uac') : 'uas';
  const headers: HeaderField[] = [[Header.SessionExpires, `${intervalSec};refresher=${refresher}`]];
  // RFC 4028 §9: the side that is to refresh has to know that it is.
  if (refresher === 'uac') headers.push([Header.Require, 'timer']);
  return { kind: 'timed', agreed: { intervalSec, refresher }, headers };
}

/** What an INVITE or UPDATE asks for (RFC 4028 §7.1, §7.4). `refresher`: who refreshes already, as this transaction sees it. */
export function askSessionTimer(policy: SessionTimerPolicy, refresher?: Refresher): readonly HeaderField[] {
  const suffix = refresher === undefined ? '' : `;refresher=${refresher}`;
  return [
    [Header.Supported, 'timer'],
    [Header.SessionExpires, `${policy.intervalSec}${suffix}`],
    [Header.MinSe, String(policy.minSec)],
  ];
}

/** What a 2xx has agreed on (RFC 4028 §7.2). Where it says nothing, its sender knows no timers, and the side that asked refreshes alone. */
export function agreedSessionTimer(response: SipResponse, asked: SessionTimerPolicy): AgreedSessionTimer {
  const answered = sessionExpiresOf(response);
  const intervalSec = Math.max(answered?.intervalSec ?? asked.intervalSec, asked.minSec);
  return { intervalSec, refresher: answered?.refresher ?? 'uac' };
}

/** What to ask for after a 422 (RFC 4028 §7.3); undefined where it asks for nothing more. */
export function afterTooSmall(response: SipResponse, asked: SessionTimerPolicy): SessionTimerPolicy | undefined {
  const minSec = minSeOf(response);
  if (minSec === undefined || minSec <= asked.minSec) return undefined;
  return { intervalSec: Math.max(asked.intervalSec, minSec), minSec };
}
