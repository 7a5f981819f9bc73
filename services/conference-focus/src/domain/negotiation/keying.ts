import type { Attribute, MediaDescription, SessionDescription } from '@ringdown/sdp';
import type { SrtpKeys } from '../../ports/mixer.js';

/** The SDES keys of one member's streams (RFC 4568). Streams are named by the index of their `m=` line. */
export interface Keying {
  /** Answers an offered stream's `a=crypto`; undefined where none of them will do. */
  answer(
    offered: MediaDescription,
    index: number,
  ): { readonly attributes: readonly Attribute[]; readonly keys: SrtpKeys } | undefined;
  /** What this side offers for a stream. */
  offer(index: number): readonly Attribute[];
  /** The keys of every stream that was agreed on with SRTP; undefined where an answer has none that fit. */
  agreed(offer: SessionDescription, answer: SessionDescription): ReadonlyMap<number, SrtpKeys> | undefined;
}

/** Whether the stream's packets are SRTP whose keys stand in the description. */
export function isSdes({ protocol }: MediaDescription): boolean {
  return protocol === 'RTP/SAVP' || protocol === 'RTP/SAVPF';
}

/** Takes and offers no SRTP. */
export const noKeying: Keying = {
  answer: () => undefined,
  offer: () => [],
  agreed: (_offer, answer) => (answer.media.some((line) => line.port !== 0 && isSdes(line)) ? undefined : new Map()),
};
