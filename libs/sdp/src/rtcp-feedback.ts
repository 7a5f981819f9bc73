import type { Attribute, MediaDescription } from './session-description.js';

/** What a side understands of feedback about a video format (RFC 4585 §4.2, RFC 5104 §7.1). */
export interface RtcpFeedback {
  /** Generic NACK: `nack`. */
  readonly nack: boolean;
  /** Picture loss indication: `nack pli`. */
  readonly pli: boolean;
  /** Full intra request: `ccm fir`. */
  readonly fir: boolean;
}

const LINE = /^(\*|\d{1,3})\s+(.+?)\s*$/;

/** The feedback that a stream's `a=rtcp-fb` lines name for a payload type, or for all. Other kinds are passed over. */
export function rtcpFeedback(media: MediaDescription, payloadType: number): RtcpFeedback {
  const kinds = new Set<string>();
  for (const { name, value } of media.attributes) {
    const line = name === 'rtcp-fb' ? LINE.exec(value ?? '') : null;
    if (line === null || (line[1] !== '*' && Number(line[1]) !== payloadType)) continue;
    kinds.add((line[2] as string).toLowerCase().replace(/\s+/g, ' '));
  }
  return { nack: kinds.has('nack'), pli: kinds.has('nack pli'), fir: kinds.has('ccm fir') };
}

/** What both sides understand; an answer names no more than that (RFC 4585 §4.2). */
export function commonFeedback(a: RtcpFeedback, b: RtcpFeedback): RtcpFeedback {
  return { nack: a.nack && b.nack, pli: a.pli && b.pli, fir: a.fir && b.fir };
}

/** The `a=rtcp-fb` lines of a payload type. */
export function rtcpFeedbackAttributes(payloadType: number, feedback: RtcpFeedback): Attribute[] {
  const attributes: Attribute[] = [];
  const kinds = [feedback.nack && 'nack', feedback.pli && 'nack pli', feedback.fir && 'ccm fir'];
  for (const kind of kinds) if (kind !== false) attributes.push({ name: 'rtcp-fb', value: `${payloadType} ${kind}` });
  return attributes;
}
