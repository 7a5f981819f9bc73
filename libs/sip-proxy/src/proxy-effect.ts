import type { HeaderField, SipResponse } from '@ringdown/sip-message';
import type { CancelReason } from './cancel.js';
import type { ForwardTarget } from './fork-target.js';
import type { ResponseContext } from './response-context.js';

/** What a response context asks of its owner, in order. `branch` is the context's own small integer, new for every copy sent. */
export type ProxyEffect<T extends ForwardTarget> =
  /** Find the target's hops and call `resolved`. */
  | { readonly type: 'resolve'; readonly context: ResponseContext<T>; readonly branch: number; readonly target: T }
  /** Send a copy of the request to the target's hop of this index, with this share of Max-Breadth. */
  | {
      readonly type: 'forward';
      readonly context: ResponseContext<T>;
      readonly branch: number;
      readonly target: T;
      readonly hop: number;
      readonly maxBreadth: number;
    }
  /** Answer the server transaction. */
  | { readonly type: 'respond'; readonly context: ResponseContext<T>; readonly answer: UpstreamAnswer }
  /** Cancel the branch's client transaction (RFC 3261 §9.1), with `cancelHeaders(reason)`. */
  | {
      readonly type: 'cancelBranch';
      readonly context: ResponseContext<T>;
      readonly branch: number;
      readonly reason: CancelReason;
    }
  /** Give the branch's client transaction up: nothing more is expected of it. */
  | { readonly type: 'abandonBranch'; readonly context: ResponseContext<T>; readonly branch: number }
  /** Every branch has ended. Later 2xx responses to an INVITE may still be handed in. */
  | { readonly type: 'finished'; readonly context: ResponseContext<T>; readonly outcome: ForkOutcome };

/** `silent`: a non-INVITE request that nobody answered, which gets no answer (RFC 4320 §4.2). */
export type ForkOutcome = 'answered' | 'failed' | 'silent';

export type UpstreamAnswer =
  | {
      /** Pass the response on with `relayResponse(response, answer)`. */
      readonly kind: 'relayed';
      readonly response: SipResponse;
      readonly branch: number;
      readonly addedHeaders: readonly HeaderField[];
      readonly contacts: readonly string[] | undefined;
      /** A 2xx that comes after another final answer: RFC 6026 §7.1 sends it through the Accepted server transaction. */
      readonly late: boolean;
    }
  /** Make a response of this element's own with `buildResponse`. */
  | { readonly kind: 'generated'; readonly statusCode: number };
