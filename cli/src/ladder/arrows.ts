import type { CapturedMessage } from './call-messages.js';

/** A message on its way from one party to another. */
export interface Arrow {
  readonly atUs: number;
  readonly from: string;
  readonly to: string;
  readonly transport: string;
  /** What it is in a few words, such as `INVITE` or `180 Ringing`. */
  readonly label: string;
  readonly sip: string;
  /** How often it went, repetitions and all, and when last. */
  readonly times: number;
  readonly lastAtUs: number;
}

interface Hop {
  readonly message: CapturedMessage;
  readonly from: string;
  readonly to: string;
}

/**
 * The arrows of a ladder. What one edge hands to another is seen by both and is one arrow; what was sent again is the arrow of the first time. Parties
 * are edges and services by name, and others by their address.
 */
export function arrowsOf(messages: readonly CapturedMessage[]): readonly Arrow[] {
  const arrows = new Map<string, Arrow>();
  for (const { message, from, to } of seenOnce(messages)) {
    const { atUs, sip, transport } = message;
    const key = `${from} ${to} ${sip}`;
    const known = arrows.get(key);
    arrows.set(
      key,
      known === undefined
        ? { atUs, lastAtUs: atUs, from, to, transport, label: labelOf(sip), sip, times: 1 }
        : { ...known, times: known.times + 1, lastAtUs: atUs },
    );
  }
  return [...arrows.values()].sort((one, other) => one.atUs - other.atUs);
}

/** Of each message between two edges that both have seen, only what the sender saw. */
function seenOnce(messages: readonly CapturedMessage[]): readonly Hop[] {
  const sent = new Map<string, number>();
  const nameOf = ({ from, to, message }: Hop): string => `${from} ${to} ${message.sip}`;
  const hops = messages.map(hopOf);
  for (const hop of hops)
    if (hop.message.direction === 'sent' && hop.message.peer !== null)
      sent.set(nameOf(hop), (sent.get(nameOf(hop)) ?? 0) + 1);
  return hops.filter((hop) => {
    if (hop.message.direction === 'sent' || hop.message.peer === null) return true;
    const left = sent.get(nameOf(hop)) ?? 0;
    if (left > 0) sent.set(nameOf(hop), left - 1);
    return left === 0;
  });
}

function hopOf(message: CapturedMessage): Hop {
  const other = message.peer ?? message.remote;
  return message.direction === 'sent'
    ? { message, from: message.edge, to: other }
    : { message, from: other, to: message.edge };
}

/** The method, and whether it offers or answers media; or the status and its phrase. */
function labelOf(sip: string): string {
  const firstLine = /^[^\r\n]*/.exec(sip)?.[0] ?? '';
  const hasSdp = /\r\n(?:Content-Type|c)[ \t]*:[ \t]*(?:application\/sdp|multipart\/)/i.test(sip);
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(firstLine);
  const words = status === null ? (firstLine.split(' ', 1)[0] ?? '') : `${status[1]} ${status[2]}`.trim();
  return `${words === '' ? '(no SIP)' : words}${hasSdp ? ' (SDP)' : ''}`;
}
