import type { RelayReason } from '../domain/media-decision.js';
import type { DescriptionRole } from '../domain/offer-answer-role.js';
import type { MediaLeg } from '../domain/relayed-media.js';

/** A session description on its way through a call whose media is relayed. */
export interface DescriptionStep {
  readonly role: DescriptionRole;
  /** The media's name at the relay. */
  readonly mediaCallId: string;
  /** The node that the media is at. */
  readonly node: number;
  /** Whether this begins a call, which may go to any node. */
  readonly isNew: boolean;
  /** The dialog's tags: of the side that made the offer, and of the one that answers, as far as it is known. */
  readonly offererTag: string;
  readonly answererTag: string | undefined;
  readonly sdp: string;
  /** What its receiver understands. */
  readonly to: MediaLeg;
  /** The address that its sender was seen at, where the description names another one that can't be reached. */
  readonly source: string | undefined;
  /** Of an answer: the offer that it is for, as far as it came with the request, for a node that doesn't know it. */
  readonly offer: DescriptionStep | undefined;
}

/** What becomes of a description: another one stands for it, or the relay won't have it, or there is no relay now. */
export type DescriptionOutcome =
  | { readonly kind: 'described'; readonly sdp: string; readonly node: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'away'; readonly reason: string };

/** The relay of media: rewrites the descriptions of both directions so that media goes through it. */
export interface MediaAnchor {
  /** The node for a new call; undefined while there is none. */
  place(reason: RelayReason): number | undefined;
  /** `outcome` is called exactly once, later or at once. The same step asked again has the same outcome. */
  describe(step: DescriptionStep, outcome: (outcome: DescriptionOutcome) => void): void;
  /** The call is over: its ports are free for others. */
  release(mediaCallId: string, node: number): void;
}
