import type { Span } from '@ringdown/platform';
import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { ForkOutcome, RecursionPolicy, ResponseContext } from '@ringdown/sip-proxy';
import type { ClientTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { CallFacts } from '../../domain/call-facts.js';
import type { EdgeTarget } from '../../domain/hop.js';
import type { Origin } from '../../domain/request-in-hand.js';
import type { BranchMedia } from './media-parking.js';
import type { ReceivedRequest } from './new-request.js';

/** What a request to be proxied comes with. */
export interface ProxyInput extends ReceivedRequest {
  readonly origin: Origin;
  readonly call: CallFacts | undefined;
  readonly service: string | undefined;
  readonly recursion?: RecursionPolicy<EdgeTarget> | undefined;
  /** See `ProxiedRequest`. */
  readonly lastHop?: boolean;
  readonly again?: SeekAgain;
}

/** Forwards requests to their target sets. */
export interface Forwards {
  forward(input: ProxyInput, targets: readonly EdgeTarget[]): void;
}

/** Looks once more for where a request goes, now that the flows which were found are gone; `found` gets none but new targets, and is called once. */
export type SeekAgain = (found: (targets: readonly EdgeTarget[]) => void) => void;

/** A request that is being proxied: from its server transaction to the branches of its response context. */
export interface ProxiedRequest extends ReceivedRequest {
  /** What copies are made of. */
  readonly outgoing: SipRequest;
  readonly origin: Origin;
  readonly context: ResponseContext<EdgeTarget>;
  readonly loopDigest: string;
  /** Client transactions by branch. */
  readonly branches: (ClientTransaction<Flow> | undefined)[];
  /** Absent for requests that belong to no call. */
  readonly call: CallFacts | undefined;
  /** The platform's service that answers, if it is one: its 503 is the platform's own and goes out as such. */
  readonly service: string | undefined;
  /** Whether another edge has routed it and decided about its media, and this one only owns the flow. */
  readonly lastHop: boolean;
  readonly span: Span;
  /** Absent where that is of no use, or was done. */
  again: SeekAgain | undefined;
  /** The listener's own slot. */
  booked: unknown;
  /** How far the call is whose first INVITE this is, for its metrics; `new` for every other request. */
  callStage: 'new' | 'begun' | 'rung' | 'over';
  /** Branches whose copy waits for the relay of media; absent while there was none. */
  parked: Set<number> | undefined;
  /** What the relay of media has meant for it so far. */
  relay: 'unused' | 'used' | 'missing';
}

/** What a client transaction's `user` slot holds. */
export interface BranchOf {
  readonly proxied: ProxiedRequest;
  readonly branch: number;
  readonly hop: number;
  readonly target: EdgeTarget;
  readonly span: Span;
  /** Absent where media flows directly. */
  readonly media: BranchMedia | undefined;
  /** Whether a provisional response other than 100 has come. */
  hasRung: boolean;
  /** Responses that wait behind one whose media is being decided about. */
  parked: SipResponse[] | undefined;
}

/** Told what the proxy does; keeps the books of calls. Must not throw. */
export interface ProxyListener {
  forwarded(proxied: ProxiedRequest, target: EdgeTarget): void;
  /** A response goes back; `response` is absent for one of the edge's own making. */
  answered(proxied: ProxiedRequest, statusCode: number, response: SipResponse | undefined): void;
  /** Every branch has ended; `silent` where nobody answered a request that gets no answer then (RFC 4320 §4.2). */
  finished(proxied: ProxiedRequest, outcome: ForkOutcome): void;
}
