import type { HostPort, SipLinkFlow } from '@ringdown/sip-transport';

/** A request that a balancer brought to this edge, and that may be of a transaction of another one. */
export type MisplacedRequest =
  /** An INVITE, by its key of RFC 3261 §17.2.3. */
  | { readonly kind: 'invite'; readonly key: string }
  /** An ACK or a CANCEL, as it arrived. */
  | { readonly kind: 'sip'; readonly raw: string };

/** A request that came over UDP to an edge which is leaving, and is another one's from now on. */
export interface HandedRequest {
  readonly kind: 'handed';
  readonly raw: string;
  /** Where it came from. */
  readonly source: HostPort;
  /** The name of the listener that it came to, if there are several. */
  readonly listener: string | undefined;
}

/** The other edges, as far as messages go that came to the wrong one (D4). */
export interface Neighbours {
  /** How many can be asked now. */
  readonly size: number;
  /** Whether the set of edges has changed so lately that a retransmission may come to another edge than the request before it. */
  readonly unsettled: boolean;
  /** The stream to exactly this life of an edge; undefined while there is none. */
  flow(edgeId: string, incarnation: string): SipLinkFlow | undefined;
  /** Asks all of them. `answered` is called once: with true as soon as one has taken the request, with false when none has or can. */
  offer(request: MisplacedRequest, answered: (taken: boolean) => void): void;
  /**
   * Hands a request to one that isn't leaving, to the same one for the same Call-ID. `answered` is called once: with undefined where there is none, with
   * false where it can't be known whether that one has taken it.
   */
  handTo(callId: string, request: HandedRequest, answered: (taken: boolean | undefined) => void): void;
}

/** An edge that knows of no other. */
export const noNeighbours: Neighbours = {
  size: 0,
  unsettled: false,
  flow: () => undefined,
  offer: (_request, answered) => answered(false),
  handTo: (_callId, _request, answered) => answered(undefined),
};
