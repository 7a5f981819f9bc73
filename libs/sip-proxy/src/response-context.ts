import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import { type Expirable, NO_TIMER, type TimerHandle } from '@ringdown/sip-transaction';
import { aggregatedChallenges, bestResponse, type ResponseCandidate } from './best-response.js';
import { type Branch, type BranchFailure, FAILURE_STATUS, mayTryNextHop, newBranch } from './branch.js';
import type { CancelReason } from './cancel.js';
import { type ForwardTarget, TargetQueue } from './fork-target.js';
import { breadthShares } from './max-breadth.js';
import type { ForkOutcome } from './proxy-effect.js';
import { recurseOn } from './redirect-recursion.js';
import {
  DEFAULT_MAX_BRANCHES,
  PROXY_TIMERS,
  type ProxyTimers,
  type ResponseContextOptions,
} from './response-context-options.js';

const SERIAL_RING_TIMER = 0;
const ANSWERED: CancelReason = { kind: 'answered' };
const NO_ANSWER: CancelReason = { kind: 'no-answer' };

/**
 * The response context of RFC 3261 §16.7: forks a request to its targets, in parallel within one q and in series from q to
 * q, and finds the one answer that goes back. Sans-I/O: inputs are method calls with the time, outputs are effects; its
 * timers run on the shared wheel. Calls for branches that have ended are ignored.
 */
export class ResponseContext<T extends ForwardTarget> implements Expirable {
  /** The owner's slot. */
  user: unknown = undefined;

  readonly #options: ResponseContextOptions<T>;
  readonly #timers: ProxyTimers;
  readonly #isInvite: boolean;
  readonly #queue = new TargetQueue<T>();
  readonly #branches: Branch<T>[] = [];
  readonly #candidates: ResponseCandidate[] = [];
  #pending = 0;
  #breadthInUse = 0;
  #currentQ = 0;
  #ringTimer: TimerHandle = NO_TIMER;
  #cancelled = false;
  #stopped = false;
  #answered: ForkOutcome | undefined;
  #finished = false;

  constructor(options: ResponseContextOptions<T>) {
    this.#options = options;
    this.#timers = options.timers === undefined ? PROXY_TIMERS : { ...PROXY_TIMERS, ...options.timers };
    this.#isInvite = options.method === 'INVITE';
  }

  /** Whether every branch has ended and the answer, if any, was given. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Begins with the target set of RFC 3261 §16.5. Does nothing when the request was cancelled before. */
  start(now: number, targets: readonly T[]): void {
    if (this.#stopped) return;
    for (const target of targets) this.#queue.add(target);
    if (this.#queue.isEmpty) return this.#refuse(this.#options.emptyTargetSetStatus ?? 480);
    if (this.#options.maxBreadth < 1) return this.#refuse(440); // RFC 5393 §5.3.3: not one copy may go out.
    this.#proceed(now);
  }

  /**
   * Adds to the target set of a request under way (RFC 3261 §16.5): targets of the q being tried or higher start at once.
   * @returns whether any was taken; none is before `start`, nor once the request was answered, declined or cancelled.
   */
  addTargets(now: number, targets: readonly T[]): boolean {
    if (this.#stopped || this.#branches.length === 0) return false;
    let taken = false;
    for (const target of targets) taken = this.#queue.add(target) || taken;
    if (taken) this.#proceed(now);
    return taken;
  }

  /** Answers a `resolve` effect: how many hops the target has. None at all counts as a dead transport. */
  resolved(now: number, branchId: number, hopCount: number): void {
    const branch = this.#branches[branchId];
    if (branch?.state !== 'resolving') return;
    if (hopCount < 1) return this.branchFailed(now, branchId, 'transport');
    branch.hopCount = hopCount;
    this.#forward(now, branchId, branch);
  }

  /** A response from a branch's client transaction, already matched and not a retransmission but of a 2xx. */
  responseReceived(now: number, branchId: number, response: SipResponse): void {
    const branch = this.#branches[branchId];
    if (branch === undefined) return;
    const { statusCode } = response;
    if (statusCode < 200) return this.#provisional(now, branchId, branch, response);
    if (statusCode < 300) return this.#succeeded(now, branchId, branch, response);
    if (branch.state === 'final') return;
    this.#settle(branch);
    this.#failed(now, branchId, branch, statusCode, response);
    this.#advance(now);
  }

  /** A branch ended without a response: its transaction timed out (§16.7 step 2, §16.8) or could not send (§16.9). */
  branchFailed(now: number, branchId: number, failure: BranchFailure): void {
    const branch = this.#branches[branchId];
    if (branch === undefined || branch.state === 'final') return;
    this.#settle(branch);
    this.#failed(now, branchId, branch, FAILURE_STATUS[failure], undefined);
    this.#advance(now);
  }

  /**
   * The caller cancelled (RFC 3261 §16.10): no new branch, and the pending ones are cancelled; their answers decide what
   * goes back. Also before `start`. Without effect for anything but an INVITE, or after a final answer.
   * @param cancel the CANCEL, whose Reason is passed on.
   */
  cancel(now: number, cancel?: SipRequest): void {
    if (!this.#isInvite || this.#answered !== undefined || this.#cancelled) return;
    this.#cancelled = true;
    this.#stop(now, { kind: 'upstream', cancel });
    if (this.#pending === 0) this.#addCandidate(487, undefined, -1);
    this.#advance(now);
  }

  expire(now: number, timer: number): void {
    if (timer === SERIAL_RING_TIMER) {
      this.#ringTimer = NO_TIMER;
      if (!this.#stopped && !this.#queue.isEmpty) this.#cancelPending(now, NO_ANSWER);
      return this.#advance(now);
    }
    const branchId = timer - 1;
    const branch = this.#branches[branchId];
    if (branch === undefined || branch.state === 'final') return;
    branch.timer = NO_TIMER;
    if (branch.cancelled === undefined && branch.state === 'proceeding') {
      // RFC 3261 §16.8: Timer C fired after a provisional response.
      return this.#cancelBranch(now, branchId, branch, NO_ANSWER);
    }
    // RFC 3261 §16.8: Timer C without any response counts as 408. §9.1: so does a cancelled branch that never ends.
    this.#options.effects.push({ type: 'abandonBranch', context: this, branch: branchId });
    this.branchFailed(now, branchId, 'timeout');
  }

  /** Starts what may start: the rest of the current q while breadth lasts, or the next q when nothing is pending. */
  #proceed(now: number): void {
    if (this.#stopped) return;
    const { maxBreadth, maxBranches = DEFAULT_MAX_BRANCHES } = this.#options;
    if (this.#branches.length >= maxBranches) this.#queue.clear();
    if (this.#pending === 0) {
      this.#currentQ = this.#queue.topQ ?? 0;
      this.#clearRingTimer();
    }
    const eligible = Math.min(this.#queue.countFrom(this.#currentQ), maxBranches - this.#branches.length);
    // RFC 5393 §5.3.3: the shares of all pending copies together stay within what came in; a branch that ended gives its back.
    const shares = breadthShares(maxBreadth - this.#breadthInUse, eligible);
    const targets = this.#queue.take(shares.length);
    targets.forEach((target, index) => this.#launch(now, target, 0, target.hopCount, shares[index] as number));
    const { serialRingMs } = this.#timers;
    if (serialRingMs !== undefined && this.#isInvite && this.#ringTimer === NO_TIMER && !this.#queue.isEmpty) {
      this.#ringTimer = this.#options.wheel.schedule(now, serialRingMs, this, SERIAL_RING_TIMER);
    }
  }

  #launch(now: number, target: T, hop: number, hopCount: number, breadth: number): void {
    const branch = newBranch(target, hop, hopCount, breadth);
    const branchId = this.#branches.push(branch) - 1;
    this.#pending++;
    this.#breadthInUse += breadth;
    if (hopCount > 0) return this.#forward(now, branchId, branch);
    this.#options.effects.push({ type: 'resolve', context: this, branch: branchId, target });
  }

  #forward(now: number, branchId: number, branch: Branch<T>): void {
    branch.state = 'calling';
    if (this.#isInvite) this.#arm(now, branchId, branch, this.#timers.timerCMs); // §16.6 step 11
    const { target, hop, breadth: maxBreadth } = branch;
    this.#options.effects.push({ type: 'forward', context: this, branch: branchId, target, hop, maxBreadth });
  }

  #provisional(now: number, branchId: number, branch: Branch<T>, response: SipResponse): void {
    if (branch.state === 'final') return;
    const isFirst = branch.state === 'calling';
    branch.state = 'proceeding';
    if (branch.cancelled !== undefined) {
      // RFC 3261 §9.1: only now could the CANCEL leave; the wait for its effect begins again.
      if (isFirst) this.#arm(now, branchId, branch, this.#timers.cancelWaitMs);
    } else if (this.#isInvite && response.statusCode !== 100) {
      this.#arm(now, branchId, branch, this.#timers.timerCMs); // §16.7 step 2
    }
    // §16.7 step 5: every provisional response but 100 is forwarded at once, unless a final one was.
    if (response.statusCode !== 100 && this.#answered === undefined) this.#relay(branchId, response, false);
  }

  #succeeded(now: number, branchId: number, branch: Branch<T>, response: SipResponse): void {
    if (branch.state !== 'final') this.#settle(branch);
    // RFC 3261 §16.7 step 5: each 2xx to an INVITE is a dialog of its own, and all are forwarded at once. Of other
    // requests' 2xx only the first is.
    if (this.#isInvite || this.#answered === undefined) {
      const late = this.#answered !== undefined;
      this.#answered = 'answered';
      this.#relay(branchId, response, late);
    }
    this.#stop(now, ANSWERED); // step 10
    this.#advance(now);
  }

  /** A branch's final answer other than 2xx: another hop, another target, or a candidate. */
  #failed(now: number, branchId: number, branch: Branch<T>, status: number, response: SipResponse | undefined): void {
    const room = this.#branches.length < (this.#options.maxBranches ?? DEFAULT_MAX_BRANCHES);
    if (!this.#stopped && room && mayTryNextHop(branch, status, response !== undefined, this.#isInvite)) {
      return this.#launch(now, branch.target, branch.hop + 1, branch.hopCount, branch.breadth);
    }
    if (branch.cancelled?.kind === 'no-answer' && (status === 487 || response === undefined)) {
      // The caller cancelled nothing, so 487 would mislead it; to the caller nobody answered.
      return this.#addCandidate(this.#cancelled ? 487 : 408, undefined, branchId);
    }
    if (response === undefined) return this.#addCandidate(this.#cancelled ? 487 : status, undefined, branchId);
    if (status >= 600) {
      // RFC 3261 §16.7 step 5: it is not forwarded at once, but ends all else; a 2xx may still overtake it.
      this.#addCandidate(status, response, branchId);
      return this.#stop(now, { kind: 'declined', statusCode: status });
    }
    const { recursion } = this.#options;
    if (status < 400 && recursion !== undefined && !this.#stopped && room) {
      const { tried, remaining } = recurseOn(response, this.#queue, recursion);
      // §16.7 step 4: a redirect whose contacts were all tried says nothing any more.
      if (tried > 0 && remaining.length === 0) return;
      return this.#addCandidate(status, response, branchId, tried > 0 ? remaining : undefined);
    }
    // 430 is the platform's own word; outside it the phone is just not reachable.
    if (status === 430) return this.#addCandidate(480, undefined, branchId);
    this.#addCandidate(status, response, branchId);
  }

  #addCandidate(
    statusCode: number,
    response: SipResponse | undefined,
    branch: number,
    remainingContacts?: readonly string[],
  ): void {
    // RFC 4320 §4.2: 408 is never sent to a non-INVITE request: it could only come too late.
    if (statusCode === 408 && !this.#isInvite) return;
    this.#candidates.push({ statusCode, response, branch, remainingContacts });
  }

  #settle(branch: Branch<T>): void {
    branch.state = 'final';
    this.#pending--;
    this.#breadthInUse -= branch.breadth;
    this.#options.wheel.cancel(branch.timer);
    branch.timer = NO_TIMER;
  }

  /** No new branch from here on, and what is pending is cancelled. */
  #stop(now: number, reason: CancelReason): void {
    this.#stopped = true;
    this.#cancelPending(now, reason);
  }

  #cancelPending(now: number, reason: CancelReason): void {
    this.#branches.forEach((branch, branchId) => {
      if (branch.state === 'resolving') {
        // Nothing was sent, so nothing will answer.
        this.#settle(branch);
        this.#addCandidate(reason.kind === 'upstream' ? 487 : 408, undefined, branchId);
      } else if (branch.state !== 'final' && this.#isInvite && branch.cancelled === undefined) {
        this.#cancelBranch(now, branchId, branch, reason);
      }
    });
  }

  #cancelBranch(now: number, branchId: number, branch: Branch<T>, reason: CancelReason): void {
    branch.cancelled = reason;
    this.#arm(now, branchId, branch, this.#timers.cancelWaitMs);
    this.#options.effects.push({ type: 'cancelBranch', context: this, branch: branchId, reason });
  }

  #arm(now: number, branchId: number, branch: Branch<T>, delayMs: number): void {
    this.#options.wheel.cancel(branch.timer);
    branch.timer = this.#options.wheel.schedule(now, delayMs, this, branchId + 1);
  }

  #clearRingTimer(): void {
    this.#options.wheel.cancel(this.#ringTimer);
    this.#ringTimer = NO_TIMER;
  }

  #relay(branch: number, response: SipResponse, late: boolean): void {
    this.#options.effects.push({
      type: 'respond',
      context: this,
      answer: { kind: 'relayed', response, branch, addedHeaders: [], contacts: undefined, late },
    });
  }

  #refuse(statusCode: number): void {
    this.#stopped = true;
    this.#addCandidate(statusCode, undefined, -1);
    this.#conclude();
  }

  #advance(now: number): void {
    this.#proceed(now);
    if (this.#pending === 0) this.#conclude();
  }

  /** RFC 3261 §16.7 step 6: nothing is pending and nothing is left to try: the best response goes back. */
  #conclude(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stopped = true;
    this.#clearRingTimer();
    const { effects } = this.#options;
    if (this.#answered === undefined) {
      const best = bestResponse(this.#candidates, this.#cancelled);
      this.#answered = best === undefined ? 'silent' : 'failed';
      if (best !== undefined) this.#respondWith(best);
    }
    effects.push({ type: 'finished', context: this, outcome: this.#answered });
  }

  #respondWith(best: ResponseCandidate): void {
    const { effects } = this.#options;
    const { statusCode, response, branch, remainingContacts: contacts } = best;
    if (response === undefined || statusCode === 503) {
      // RFC 3261 §16.7 step 6: a 503 from below says nothing of this element, so 500 goes back.
      const answer = { kind: 'generated', statusCode: statusCode === 503 ? 500 : statusCode } as const;
      effects.push({ type: 'respond', context: this, answer });
      return;
    }
    const addedHeaders = aggregatedChallenges(best, this.#candidates);
    effects.push({
      type: 'respond',
      context: this,
      answer: { kind: 'relayed', response, branch, addedHeaders, contacts, late: false },
    });
  }
}
