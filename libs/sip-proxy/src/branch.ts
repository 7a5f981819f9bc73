import { NO_TIMER, type TimerHandle } from '@ringdown/sip-transaction';
import type { CancelReason } from './cancel.js';
import type { ForwardTarget } from './fork-target.js';

/**
 * How a branch ended without a response; `flow-gone` is the platform's 430 (RFC 5626 §11.6) for a lost connection, `not-secure` that a request
 * by sips had no encrypted way (RFC 5630 §5.3), `no-relay` that its media has to go through a relay and there is none, `not-acceptable` that the
 * relay won't have its session description.
 */
export type BranchFailure = 'timeout' | 'transport' | 'flow-gone' | 'not-secure' | 'no-relay' | 'not-acceptable';

/** The status that stands for it in the response context: RFC 3261 §16.8 (408), §16.9 (503); a phone that is gone, or not reached safely, is 480. */
export const FAILURE_STATUS: Readonly<Record<BranchFailure, number>> = {
  timeout: 408,
  transport: 503,
  'flow-gone': 480,
  'not-secure': 480,
  'no-relay': 503,
  'not-acceptable': 488,
};

/** One copy of the request, from the decision to send it to its end. */
export interface Branch<T extends ForwardTarget> {
  readonly target: T;
  readonly hop: number;
  readonly breadth: number;
  hopCount: number;
  state: 'resolving' | 'calling' | 'proceeding' | 'final';
  cancelled: CancelReason | undefined;
  timer: TimerHandle;
}

export function newBranch<T extends ForwardTarget>(
  target: T,
  hop: number,
  hopCount: number,
  breadth: number,
): Branch<T> {
  return { target, hop, breadth, hopCount, state: 'resolving', cancelled: undefined, timer: NO_TIMER };
}

/**
 * Whether the same target may be tried by its next hop, after a final status that was received or, with `received` false,
 * stands for a branch that ended without a response.
 */
export function mayTryNextHop<T extends ForwardTarget>(
  branch: Branch<T>,
  status: number,
  received: boolean,
  isInvite: boolean,
): boolean {
  if (branch.cancelled !== undefined || branch.hop + 1 >= branch.hopCount) return false;
  // RFC 4320 §4: when a non-INVITE branch has timed out, so has the caller's transaction.
  if (status === 408 && !isInvite) return false;
  // What is wrong with the description is wrong on every way.
  if (!received) return status !== FAILURE_STATUS['not-acceptable'];
  // RFC 5626 §7: any response but 408 and 430 is the device's own. RFC 3263 §4.3: 503 is one server's.
  return branch.target.failover === 'flows' ? status === 430 || status === 408 : status === 503;
}
