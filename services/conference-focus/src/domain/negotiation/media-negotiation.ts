import {
  type AgreedStream,
  agree,
  createAnswer,
  createOffer,
  type Describer,
  type MediaDescription,
  nextOrigin,
  type Origin,
  parseSession,
  printSession,
  type SessionDescription,
} from '@ringdown/sdp';
import type { MemberMedia, MemberPorts, SrtpKeys } from '../../ports/mixer.js';
import { audioLeg, videoLeg } from './agreed-legs.js';
import { capabilitiesFor } from './answer-capabilities.js';
import type { Keying } from './keying.js';
import { type MediaPolicy, type Unacceptable, unacceptable } from './media-policy.js';
import { offerCapabilities } from './offer-capabilities.js';

/** What one member's offers and answers are made of. */
export interface MediaNegotiationOptions {
  readonly policy: MediaPolicy;
  /** Where the mixer receives the member's media. */
  readonly ports: MemberPorts;
  /** Of `o=`: a number of up to 18 digits, another for each member. */
  readonly sessionId: string;
  readonly keying: Keying;
}

export type Agreement = { readonly kind: 'agreed'; readonly media: MemberMedia } | Unacceptable;
export type OfferAnswered =
  | { readonly kind: 'answer'; readonly body: string; readonly media: MemberMedia }
  | Unacceptable;

/** A body that is no session description: 400, with this phrase. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly reason: string;
}

/** Reads a body as a session description; what is wrong and where, if it is none. */
export function readDescription(body: string): SessionDescription | Unreadable {
  const session = parseSession(body);
  if (session.kind === 'session') return session;
  return { kind: 'unreadable', reason: `Bad session description: ${session.reason} (line ${session.line})` };
}

/**
 * The offers and answers of one member (RFC 3264), at the focus's side: it takes one audio stream and, where the room has it, one of
 * video; whatever else is on offer is refused. What was agreed on last stays in force until the next exchange is complete.
 */
export class MediaNegotiation {
  readonly #options: MediaNegotiationOptions;
  #origin: Origin;
  /** What this side described last that was agreed on. */
  #described: SessionDescription | undefined;
  /** An offer of this side's without an answer. */
  #offered: SessionDescription | undefined;

  constructor(options: MediaNegotiationOptions) {
    this.#options = options;
    const { addressType, address } = this.#address;
    this.#origin = { username: '-', sessionId: options.sessionId, sessionVersion: '1', addressType, address };
  }

  /** Answers an offer, and changes nothing where it can't be. */
  answer(offer: SessionDescription): OfferAnswered {
    const outcome = this.#answer(offer);
    this.#options.keying.answered(outcome.kind === 'answer');
    return outcome;
  }

  #answer(offer: SessionDescription): OfferAnswered {
    const { policy, ports, keying } = this.#options;
    const chosen = capabilitiesFor(offer, policy, ports, keying);
    if (chosen.kind === 'unacceptable') return chosen;
    const answer = createAnswer(offer, this.#describer(), chosen.capabilities);
    if (answer.kind === 'not-acceptable') return unacceptable(305, answer.reason);
    const agreement = this.#legs(answer.streams, offer, chosen.keys);
    if (agreement.kind === 'unacceptable') return agreement;
    this.#offered = undefined;
    return { kind: 'answer', body: printSession(this.#describes(answer.session)), media: agreement.media };
  }

  /** An offer: of everything that the room takes, or of what the streams are already (RFC 3264 §8). */
  offer(): string {
    const { policy, ports, keying } = this.#options;
    const before = this.#described;
    const capabilities = offerCapabilities(before, policy, ports, keying);
    const offered = createOffer(this.#describer(), capabilities);
    if (before === undefined) {
      this.#offered = this.#numbered(offered);
      return printSession(this.#offered);
    }
    // RFC 3264 §8: every stream keeps its place; a refused one goes on being refused.
    const streams = [...offered.media];
    const media = before.media.map((line) => (line.port === 0 ? line : (streams.shift() as MediaDescription)));
    this.#offered = this.#numbered({ ...offered, media: [...media, ...streams] });
    return printSession(this.#offered);
  }

  /** The answer to the offer that was sent last. */
  agreed(answer: SessionDescription): Agreement {
    const offered = this.#offered;
    if (offered === undefined) return unacceptable(399, 'an answer came to no offer');
    const result = agree(offered, withMissingRefused(offered, answer));
    if (result.kind === 'mismatch') return unacceptable(399, `The answer doesn't fit the offer: ${result.reason}`);
    const keys = this.#options.keying.agreed(answer);
    if (typeof keys === 'string') return unacceptable(399, `The answer's SRTP keys don't fit the offer: ${keys}`);
    const agreement = this.#legs(result.streams, answer, keys);
    if (agreement.kind === 'agreed') this.#described = offered;
    this.#offered = undefined;
    return agreement;
  }

  /** Whether an offer of this side's waits for its answer. */
  get isOfferOpen(): boolean {
    return this.#offered !== undefined;
  }

  /** The offer that was sent last was refused: all stays as it was (RFC 3264 §4). */
  offerRefused(): void {
    this.#offered = undefined;
  }

  get #address(): Pick<Describer, 'addressType' | 'address'> {
    const { host } = this.#options.ports.audio;
    return { addressType: host.includes(':') ? 'IP6' : 'IP4', address: host };
  }

  #describer(): Describer {
    return { origin: this.#origin, ...this.#address };
  }

  /** RFC 3264 §8: the version counts up exactly where the description has changed. */
  #numbered(session: SessionDescription): SessionDescription {
    const before = this.#described;
    if (before === undefined) return session;
    const same = printSession({ ...session, origin: before.origin });
    if (same === printSession(before)) return before;
    this.#origin = nextOrigin(this.#origin);
    return { ...session, origin: this.#origin };
  }

  #describes(session: SessionDescription): SessionDescription {
    this.#described = this.#numbered(session);
    return this.#described;
  }

  #legs(streams: readonly AgreedStream[], peer: SessionDescription, keys: ReadonlyMap<number, SrtpKeys>): Agreement {
    const of = (media: string): AgreedStream | undefined => streams.find((stream) => stream.media === media);
    const spoken = of('audio');
    const audio = spoken === undefined ? undefined : audioLeg(spoken, peer, keys.get(spoken.index));
    if (audio === undefined) return unacceptable(304, 'A conference needs an audio stream');
    const seen = of('video');
    const video = seen === undefined ? undefined : videoLeg(seen, peer, keys.get(seen.index));
    return { kind: 'agreed', media: { audio, video } };
  }
}

/**
 * RFC 3264 §6 has a line in the answer for each of the offer's. Phones without video are known that leave its line out; where what is there fits
 * the first lines, it is certain what they mean.
 */
function withMissingRefused(offer: SessionDescription, answer: SessionDescription): SessionDescription {
  if (answer.media.length === 0 || answer.media.some(({ media }, index) => media !== offer.media[index]?.media))
    return answer;
  const missing = offer.media.slice(answer.media.length).map((line) => ({ ...line, port: 0, attributes: [] }));
  return { ...answer, media: [...answer.media, ...missing] };
}
