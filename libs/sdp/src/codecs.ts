import { sameH264 } from './h264-format.js';
import { type Attribute, attributeValues, type MediaDescription } from './session-description.js';

/** One RTP payload format of a stream (RFC 8866 §6.6, §6.15). */
export interface Codec {
  /** 0 … 127 */
  readonly payloadType: number;
  /** As registered; compared without case. */
  readonly name: string;
  readonly clockRateHz: number;
  /** 1 where nothing is said. */
  readonly channels: number;
  /** The format's parameters, uninterpreted. */
  readonly parameters: string | undefined;
}

/** The payload types that mean something without `a=rtpmap` (RFC 3551 §6, tables 4 and 5). */
const STATIC: Readonly<Record<number, readonly [name: string, clockRateHz: number, channels: number]>> = {
  0: ['PCMU', 8000, 1],
  3: ['GSM', 8000, 1],
  4: ['G723', 8000, 1],
  5: ['DVI4', 8000, 1],
  6: ['DVI4', 16_000, 1],
  7: ['LPC', 8000, 1],
  8: ['PCMA', 8000, 1],
  9: ['G722', 8000, 1],
  10: ['L16', 44_100, 2],
  11: ['L16', 44_100, 1],
  12: ['QCELP', 8000, 1],
  13: ['CN', 8000, 1],
  14: ['MPA', 90_000, 1],
  15: ['G728', 8000, 1],
  16: ['DVI4', 11_025, 1],
  17: ['DVI4', 22_050, 1],
  18: ['G729', 8000, 1],
  25: ['CelB', 90_000, 1],
  26: ['JPEG', 90_000, 1],
  28: ['nv', 90_000, 1],
  31: ['H261', 90_000, 1],
  32: ['MPV', 90_000, 1],
  33: ['MP2T', 90_000, 1],
  34: ['H263', 90_000, 1],
};

const RTPMAP = /^(\d{1,3})\s+([^\s/]+)\/(\d{1,9})(?:\/(\d{1,3}))?\s*$/;
const FMTP = /^(\d{1,3})\s+(.*)$/;

/** True for streams whose formats are RTP payload types (RFC 8866 §5.14). */
export function isRtp(media: MediaDescription): boolean {
  return media.protocol.toUpperCase().split('/').includes('RTP');
}

/**
 * A stream's RTP formats in the order of its `m=` line, which is the order of preference (RFC 3264 §5.1). Formats that are no payload
 * type, or a dynamic one without `a=rtpmap`, are left out; for other protocols the list is empty.
 */
export function codecsOf(media: MediaDescription): Codec[] {
  if (!isRtp(media)) return [];
  const maps = new Map<number, readonly [string, number, number]>();
  for (const value of attributeValues(media.attributes, 'rtpmap')) {
    const match = RTPMAP.exec(value);
    if (match !== null) maps.set(Number(match[1]), [match[2] as string, Number(match[3]), Number(match[4] ?? 1)]);
  }
  const parameters = new Map<number, string>();
  for (const value of attributeValues(media.attributes, 'fmtp')) {
    const match = FMTP.exec(value);
    if (match !== null) parameters.set(Number(match[1]), match[2] as string);
  }
  const codecs: Codec[] = [];
  for (const format of media.formats) {
    const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128;
    const known = payloadType > 127 ? undefined : (maps.get(payloadType) ?? STATIC[payloadType]);
    if (known === undefined) continue;
    const [name, clockRateHz, channels] = known;
    codecs.push({ payloadType, name, clockRateHz, channels, parameters: parameters.get(payloadType) });
  }
  return codecs;
}

/** True if both are the same encoding: name without case, clock rate, channels. Parameters are not compared. */
export function sameEncoding(
  a: Omit<Codec, 'payloadType' | 'parameters'>,
  b: Omit<Codec, 'payloadType' | 'parameters'>,
): boolean {
  return a.clockRateHz === b.clockRateHz && a.channels === b.channels && a.name.toUpperCase() === b.name.toUpperCase();
}

/** True if both are one format: the same encoding, and where its parameters tell formats apart (H.264), the same by these. */
export function sameFormat(a: Omit<Codec, 'payloadType'>, b: Omit<Codec, 'payloadType'>): boolean {
  return sameEncoding(a, b) && (a.name.toUpperCase() !== 'H264' || sameH264(a.parameters, b.parameters));
}

/** A codec of the offer that the answerer has as well. */
export interface CodecMatch {
  /** As offered: the answer uses the offer's payload types, as RFC 3264 §6.1 recommends. */
  readonly offered: Codec;
  readonly supported: Codec;
}

/** What both sides have, in the offer's order (RFC 3264 §6.1). A supported codec is matched once. */
export function intersectCodecs(offered: readonly Codec[], supported: readonly Codec[]): CodecMatch[] {
  const left = [...supported];
  const matches: CodecMatch[] = [];
  for (const codec of offered) {
    const at = left.findIndex((candidate) => sameFormat(candidate, codec));
    if (at === -1) continue;
    matches.push({ offered: codec, supported: left[at] as Codec });
    left.splice(at, 1);
  }
  return matches;
}

/** True for formats that carry no voice or picture by themselves and so are not enough for a stream. */
export function isAuxiliary(codec: Codec): boolean {
  const name = codec.name.toUpperCase();
  return name === 'TELEPHONE-EVENT' || name === 'CN' || name === 'RED' || name === 'ULPFEC' || name === 'RTX';
}

/** The `a=rtpmap` and `a=fmtp` lines of codecs. */
export function codecAttributes(codecs: readonly Codec[]): Attribute[] {
  const attributes: Attribute[] = [];
  for (const { payloadType, name, clockRateHz, channels, parameters } of codecs) {
    const suffix = channels === 1 ? '' : `/${channels}`;
    attributes.push({ name: 'rtpmap', value: `${payloadType} ${name}/${clockRateHz}${suffix}` });
    if (parameters !== undefined) attributes.push({ name: 'fmtp', value: `${payloadType} ${parameters}` });
  }
  return attributes;
}
