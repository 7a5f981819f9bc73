import {
  type Codec,
  type CodecMatch,
  codecAttributes,
  codecsOf,
  intersectCodecs,
  isAuxiliary,
  isRtp,
} from './codecs.js';
import { answerDirection, type Direction, directionOf, isHeld, withDirection } from './direction.js';
import {
  type AddressType,
  type Attribute,
  connectionOf,
  type MediaDescription,
  type Origin,
  type SessionDescription,
} from './session-description.js';

/** One stream that a user agent offers, or is able to take. */
export interface StreamCapability {
  /** audio, video, … */
  readonly media: string;
  /** RTP/AVP, … An offer uses the first; an answer takes any. */
  readonly protocols: readonly string[];
  readonly port: number;
  /** Most preferred first. */
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  /** Further attributes of the stream (ptime, rtcp-mux, crypto …). */
  readonly attributes?: readonly Attribute[];
  /** The `m=` line of the offer, from 0, that an answer may take with this; any line where it is undefined. */
  readonly index?: number;
}

/** Who describes a session: what stands in `o=` and `c=`. */
export interface Describer {
  readonly origin: Origin;
  readonly addressType: AddressType;
  readonly address: string;
}

/** A stream that both sides agreed on, seen from this side. */
export interface AgreedStream {
  /** Index of the `m=` line. */
  readonly index: number;
  readonly media: string;
  readonly protocol: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** What this side does. */
  readonly direction: Direction;
  /** True if the other side holds the stream. */
  readonly heldByPeer: boolean;
  readonly codecs: readonly AgreedCodec[];
}

export interface AgreedCodec {
  /** Payload type of the packets that this side sends: what the peer's description says (RFC 3264 §5.1). */
  readonly sendPayloadType: number;
  /** Payload type of the packets that this side receives. */
  readonly receivePayloadType: number;
  /** The encoding with the peer's parameters. */
  readonly codec: Codec;
}

export type AnswerResult =
  | { readonly kind: 'answer'; readonly session: SessionDescription; readonly streams: readonly AgreedStream[] }
  /** No stream can be taken: 488 (RFC 3261 §21.4.26). */
  | { readonly kind: 'not-acceptable'; readonly reason: string };

export type AgreementResult =
  | { readonly kind: 'agreed'; readonly streams: readonly AgreedStream[] }
  /** The answer breaks RFC 3264 §6. */
  | { readonly kind: 'mismatch'; readonly reason: string };

function describe(
  by: Describer,
  times: SessionDescription['times'],
  media: readonly MediaDescription[],
): SessionDescription {
  return {
    kind: 'session',
    origin: by.origin,
    // RFC 3264 §5: a unicast session is named by a dash or a space.
    sessionName: '-',
    information: undefined,
    uri: undefined,
    emails: [],
    phones: [],
    connection: { addressType: by.addressType, address: by.address, ttl: undefined, addressCount: undefined },
    bandwidths: [],
    times,
    timeZones: undefined,
    attributes: [],
    media,
  };
}

function stream(
  capability: StreamCapability,
  protocol: string,
  codecs: readonly Codec[],
  direction: Direction,
): MediaDescription {
  return {
    media: capability.media,
    port: capability.port,
    portCount: undefined,
    protocol,
    formats: codecs.map((codec) => String(codec.payloadType)),
    information: undefined,
    connections: [],
    bandwidths: [],
    attributes: withDirection([...codecAttributes(codecs), ...(capability.attributes ?? [])], direction),
  };
}

/** An offer of these streams (RFC 3264 §5). Every capability needs a protocol and a codec. */
export function createOffer(by: Describer, capabilities: readonly StreamCapability[]): SessionDescription {
  const media = capabilities.map((capability) => {
    const [protocol] = capability.protocols;
    if (protocol === undefined || capability.codecs.length === 0)
      throw new Error('an offered stream needs a protocol and a codec');
    return stream(capability, protocol, capability.codecs, capability.direction);
  });
  // RFC 3264 §5: "t=0 0" for a session whose end its signalling decides.
  return describe(by, [{ start: '0', stop: '0', repeats: [] }], media);
}

function rejected(offered: MediaDescription): MediaDescription {
  // RFC 3264 §6: a rejected stream keeps its place, with port zero; its formats are those of the offer.
  return {
    ...offered,
    port: 0,
    portCount: undefined,
    information: undefined,
    connections: [],
    bandwidths: [],
    attributes: [],
  };
}

interface Choice {
  readonly capability: StreamCapability;
  readonly matches: readonly CodecMatch[];
}

function choose(offered: MediaDescription, at: number, free: readonly StreamCapability[]): Choice | undefined {
  if (offered.port === 0 || !isRtp(offered)) return undefined;
  const codecs = codecsOf(offered);
  for (const capability of free) {
    if (capability.index !== undefined && capability.index !== at) continue;
    if (capability.media !== offered.media || !capability.protocols.includes(offered.protocol)) continue;
    const matches = intersectCodecs(codecs, capability.codecs);
    if (matches.some((match) => !isAuxiliary(match.offered))) return { capability, matches };
  }
  return undefined;
}

/** What the peer lets this side do: a held stream in the manner of RFC 2543 takes nothing, whatever its attribute says. */
function offeredDirection(session: SessionDescription, media: MediaDescription): Direction {
  const direction = directionOf(session, media);
  if (!isHeld(session, media)) return direction;
  return direction === 'sendrecv' ? 'sendonly' : direction === 'recvonly' ? 'inactive' : direction;
}

/**
 * Answers an offer (RFC 3264 §6): as many `m=` lines in the same order, each taken by the first capability of its media type and
 * protocol that shares a codec, or rejected; payload types and codec order are the offer's; `t=` is the offer's.
 */
export function createAnswer(
  offer: SessionDescription,
  by: Describer,
  capabilities: readonly StreamCapability[],
): AnswerResult {
  const free = [...capabilities];
  const streams: AgreedStream[] = [];
  const media = offer.media.map((offered, index) => {
    const choice = choose(offered, index, free);
    const connection = connectionOf(offer, offered);
    if (choice === undefined || connection === undefined) return rejected(offered);
    const { capability, matches } = choice;
    free.splice(free.indexOf(capability), 1);
    const direction = answerDirection(offeredDirection(offer, offered), capability.direction);
    // The payload types are the offer's; the parameters tell what this side can receive.
    const codecs = matches.map((match) => ({ ...match.supported, payloadType: match.offered.payloadType }));
    streams.push({
      index,
      media: offered.media,
      protocol: offered.protocol,
      localPort: capability.port,
      remoteAddress: connection.address,
      remotePort: offered.port,
      direction,
      heldByPeer: isHeld(offer, offered),
      codecs: matches.map((match) => ({
        sendPayloadType: match.offered.payloadType,
        receivePayloadType: match.offered.payloadType,
        codec: match.offered,
      })),
    });
    return stream(capability, offered.protocol, codecs, direction);
  });
  if (streams.length === 0) {
    return { kind: 'not-acceptable', reason: 'no stream of the offer has a media type, protocol and codec in common' };
  }
  return { kind: 'answer', session: describe(by, offer.times, media), streams };
}

function agreedCodecs(offered: MediaDescription, answered: MediaDescription): AgreedCodec[] {
  return intersectCodecs(codecsOf(answered), codecsOf(offered)).map((match) => ({
    sendPayloadType: match.offered.payloadType,
    receivePayloadType: match.supported.payloadType,
    codec: match.offered,
  }));
}

/** What an offer and its answer agree on, seen by the offerer (RFC 3264 §7). */
export function agree(offer: SessionDescription, answer: SessionDescription): AgreementResult {
  if (answer.media.length !== offer.media.length) {
    return {
      kind: 'mismatch',
      reason: `the offer has ${offer.media.length} m= lines, the answer ${answer.media.length}`,
    };
  }
  const streams: AgreedStream[] = [];
  for (const [index, offered] of offer.media.entries()) {
    const answered = answer.media[index] as MediaDescription;
    if (answered.media !== offered.media) {
      return {
        kind: 'mismatch',
        reason: `m= line ${index + 1} is ${offered.media} in the offer and ${answered.media} in the answer`,
      };
    }
    if (answered.port === 0) continue;
    // RFC 3264 §6: the protocol of an accepted stream is the offer's, and a stream offered with port zero stays rejected.
    if (answered.protocol !== offered.protocol)
      return { kind: 'mismatch', reason: `m= line ${index + 1} answers with another protocol` };
    if (offered.port === 0) return { kind: 'mismatch', reason: `m= line ${index + 1} was not on offer` };
    const connection = connectionOf(answer, answered);
    const codecs = agreedCodecs(offered, answered);
    if (isRtp(offered) && codecs.length === 0)
      return { kind: 'mismatch', reason: `m= line ${index + 1} has no codec of the offer` };
    if (connection === undefined) return { kind: 'mismatch', reason: `m= line ${index + 1} has no address` };
    streams.push({
      index,
      media: offered.media,
      protocol: offered.protocol,
      localPort: offered.port,
      remoteAddress: connection.address,
      remotePort: answered.port,
      direction: answerDirection(offeredDirection(answer, answered), directionOf(offer, offered)),
      heldByPeer: isHeld(answer, answered),
      codecs,
    });
  }
  return { kind: 'agreed', streams };
}
