/** What to do with the media of one call, in the words of rtpengine's ng protocol. Every key is rtpengine's own. */
export type NgCommand =
  | { readonly command: 'ping' }
  | { readonly command: 'statistics' }
  | { readonly command: 'query'; readonly 'call-id': string }
  | { readonly command: 'delete'; readonly 'call-id': string; readonly 'delete-delay': number }
  | NgDescription;

/** A session description that is to be rewritten; the flags say what its receiver understands. */
export interface NgDescription extends NgFlags {
  readonly command: 'offer' | 'answer';
  readonly 'call-id': string;
  /** Of the side that made the offer, also in an answer. */
  readonly 'from-tag': string;
  readonly 'to-tag'?: string;
  readonly sdp: string;
}

export interface NgFlags {
  readonly replace: readonly ('origin' | 'session-connection')[];
  readonly 'transport-protocol': 'RTP/AVP' | 'RTP/SAVP' | 'UDP/TLS/RTP/SAVPF';
  readonly 'address-family': 'IP4' | 'IP6';
  readonly ICE: 'remove' | 'force';
  readonly DTLS?: 'off';
  readonly SDES: readonly string[];
  readonly 'rtcp-mux': readonly ('demux' | 'require')[];
  /** `SIP-source-address`: media goes to `received-from` until packets have come, whatever the description says. */
  readonly flags?: readonly 'SIP-source-address'[];
  readonly 'received-from'?: readonly ['IP4' | 'IP6', string];
}

/** What rtpengine answered; fields beside these are left alone. */
export interface NgReply {
  /** `ok`, `pong` or `error`; statistics come without. */
  readonly result?: string;
  readonly 'error-reason'?: string;
  /** Of a `delete`: there was nothing to delete. */
  readonly warning?: string;
  readonly sdp?: string;
  readonly tags?: Readonly<Record<string, unknown>>;
  readonly statistics?: { readonly currentstatistics?: { readonly sessionstotal?: number } };
}

/** One datagram: a cookie that the answer repeats, a space, and the command as JSON. */
export function ngDatagram(cookie: string, command: NgCommand): string {
  return `${cookie} ${JSON.stringify(command)}`;
}

/** Reads an answer; undefined for anything that is none. */
export function parseNgDatagram(text: string): { readonly cookie: string; readonly reply: NgReply } | undefined {
  const space = text.indexOf(' ');
  if (space < 1) return undefined;
  const reply = parseObject(text.slice(space + 1));
  return reply === undefined ? undefined : { cookie: text.slice(0, space), reply };
}

function parseObject(text: string): NgReply | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as NgReply) : undefined;
  } catch {
    // JSON.parse reports what it can't read only by throwing.
    return undefined;
  }
}
