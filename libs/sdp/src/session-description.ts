/** What RFC 8866 §5 describes, as values. Text is as on the wire: one character a byte. */
export interface SessionDescription {
  readonly kind: 'session';
  readonly origin: Origin;
  /** `s=`; "-" where nothing is to be said. */
  readonly sessionName: string;
  /** `i=` */
  readonly information: string | undefined;
  /** `u=` */
  readonly uri: string | undefined;
  /** `e=` lines */
  readonly emails: readonly string[];
  /** `p=` lines */
  readonly phones: readonly string[];
  /** `c=` for every media description that has none of its own. */
  readonly connection: Connection | undefined;
  readonly bandwidths: readonly Bandwidth[];
  /** At least one. */
  readonly times: readonly Timing[];
  /** `z=`, uninterpreted */
  readonly timeZones: string | undefined;
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** `o=` (RFC 8866 §5.2). Identifiers are digits too long for a number, so they stay text. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly addressType: AddressType;
  readonly address: string;
}

export type AddressType = 'IP4' | 'IP6';

/** `c=` (RFC 8866 §5.7). */
export interface Connection {
  readonly addressType: AddressType;
  /** An address or a domain name. */
  readonly address: string;
  /** Multicast only. */
  readonly ttl: number | undefined;
  /** How many contiguous multicast addresses. */
  readonly addressCount: number | undefined;
}

/** `b=` (RFC 8866 §5.8). */
export interface Bandwidth {
  /** CT, AS, TIAS, … */
  readonly type: string;
  /** kbit/s for CT and AS; the type says what else. */
  readonly value: number;
}

/** `t=` with its `r=` lines (RFC 8866 §5.9, §5.10). */
export interface Timing {
  readonly start: string;
  readonly stop: string;
  readonly repeats: readonly string[];
}

/** `a=name` or `a=name:value` (RFC 8866 §5.13). */
export interface Attribute {
  readonly name: string;
  /** Undefined for a property attribute, which has no colon. */
  readonly value: string | undefined;
}

/** One `m=` section (RFC 8866 §5.14). */
export interface MediaDescription {
  /** audio, video, text, application, message, image, … */
  readonly media: string;
  /** 0: the stream is rejected or not wanted (RFC 3264 §6). */
  readonly port: number;
  readonly portCount: number | undefined;
  /** RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVPF, … as written */
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly information: string | undefined;
  readonly connections: readonly Connection[];
  readonly bandwidths: readonly Bandwidth[];
  readonly attributes: readonly Attribute[];
}

/** A description that can't be read: what is wrong and where. */
export interface SdpFailure {
  readonly kind: 'failure';
  /** Stable, kebab-case. */
  readonly code:
    | 'empty'
    | 'not-a-line'
    | 'unknown-type'
    | 'misplaced-line'
    | 'repeated-line'
    | 'unsupported-version'
    | 'bad-origin'
    | 'bad-connection'
    | 'bad-bandwidth'
    | 'bad-time'
    | 'bad-media'
    | 'bad-attribute'
    | 'missing-origin'
    | 'missing-connection'
    | 'too-many-lines';
  /** From 1. */
  readonly line: number;
  /** In characters from the start of the description. */
  readonly offset: number;
  readonly reason: string;
}

/** The value of the first attribute of that name: text, `''` for a property attribute, undefined if there is none. */
export function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  for (const attribute of attributes) if (attribute.name === name) return attribute.value ?? '';
  return undefined;
}

/** The values of all attributes of that name, in order. */
export function attributeValues(attributes: readonly Attribute[], name: string): string[] {
  const values: string[] = [];
  for (const attribute of attributes) if (attribute.name === name) values.push(attribute.value ?? '');
  return values;
}

/** The connection that a media description uses: its own, else the session's (RFC 8866 §5.7). */
export function connectionOf(session: SessionDescription, media: MediaDescription): Connection | undefined {
  return media.connections[0] ?? session.connection;
}
