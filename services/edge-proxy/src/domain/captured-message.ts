import type { HostPort, TransportName } from '@ringdown/sip-transport';

/** Whether a message came to the edge or left it. */
export type Direction = 'received' | 'sent';

/** A message that went over one of an edge's flows, as it was on the wire. */
export interface CapturedMessage {
  readonly edgeId: string;
  /** Microseconds since 1970, by that edge's clock. */
  readonly atUs: number;
  readonly direction: Direction;
  readonly transport: TransportName;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** Over SipLink, which part of the platform is at the other end: an edge by its id, a service by its name. Else undefined. */
  readonly peer: string | undefined;
  /** One character a byte. */
  readonly raw: string;
}

const callIdLine = /\r\n(?:Call-ID|i)[ \t]*:[ \t]*([^\r\n]*)/i;
const usualStart = '\r\nCall-ID: ';

/** The Call-ID of a message, whether or not the rest of it can be read; undefined where none is there. */
export function callIdOf(raw: string): string | undefined {
  const at = raw.indexOf(usualStart);
  if (at >= 0) {
    const end = raw.indexOf('\r\n', at + usualStart.length);
    if (end > 0) return raw.slice(at + usualStart.length, end).trim();
  }
  return callIdLine.exec(raw)?.[1]?.trim();
}
