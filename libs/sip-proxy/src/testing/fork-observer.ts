import { TimerWheel } from '@ringdown/sip-transaction';
import type { BranchFailure } from '../branch.js';
import type { ForwardTarget } from '../fork-target.js';
import type { ProxyEffect } from '../proxy-effect.js';
import { ResponseContext } from '../response-context.js';
import { sampleResponse } from './sample-messages.js';

/** What the world does next; `pick` chooses among the branches that are open. */
export type ForkEvent =
  | { readonly kind: 'response'; readonly pick: number; readonly status: number }
  | { readonly kind: 'failure'; readonly pick: number; readonly failure: BranchFailure }
  | { readonly kind: 'resolved'; readonly pick: number; readonly hopCount: number }
  | { readonly kind: 'add'; readonly q: number; readonly hopCount: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'wait'; readonly delayMs: number };

export interface ForkSettings {
  readonly method: string;
  readonly maxBreadth: number;
  readonly serialRingMs: number | undefined;
  readonly recurses: boolean;
}

interface OpenBranch {
  readonly sent: boolean;
  readonly breadth: number;
  cancelled: boolean;
}

/**
 * Feeds a response context and checks at every effect what RFC 3261 §16.7 says must always hold. It knows only what went in
 * and what came out. What was broken is collected in `violations`.
 */
export class ForkObserver {
  readonly violations: string[] = [];
  readonly context: ResponseContext<ForwardTarget>;
  finishedCount = 0;

  readonly #wheel = new TimerWheel(0);
  readonly #effects: ProxyEffect<ForwardTarget>[] = [];
  readonly #isInvite: boolean;
  readonly #maxBreadth: number;
  readonly #open = new Map<number, OpenBranch>();
  readonly #hopsTried = new Set<string>();
  #successes = 0;
  #failures = 0;
  #outcome = '';
  #cancelledByCaller = false;
  #declined = false;
  #now = 0;
  #names = 0;

  constructor(settings: ForkSettings) {
    this.#isInvite = settings.method === 'INVITE';
    this.#maxBreadth = settings.maxBreadth;
    this.context = new ResponseContext<ForwardTarget>({
      method: settings.method,
      wheel: this.#wheel,
      effects: this.#effects,
      maxBreadth: settings.maxBreadth,
      timers: { serialRingMs: settings.serialRingMs },
      maxBranches: 25,
      ...(settings.recurses
        ? { recursion: () => this.#target({ qThousandths: 1000, hopCount: 1, failover: 'addresses' }) }
        : {}),
    });
  }

  start(targets: readonly Omit<ForwardTarget, 'uri'>[]): void {
    this.context.start(
      0,
      targets.map((target) => this.#target(target)),
    );
    this.#observe();
  }

  apply(event: ForkEvent): void {
    switch (event.kind) {
      case 'response':
        this.#respond(event.pick, event.status);
        break;
      case 'failure': {
        const branch = this.choose(event.pick, true);
        if (branch === undefined) break;
        this.#open.delete(branch);
        this.context.branchFailed(this.#now, branch, event.failure);
        break;
      }
      case 'resolved': {
        const branch = this.choose(event.pick, false);
        if (branch === undefined) break;
        // It comes back with a forward effect, unless it has ended unseen: nothing was sent for it.
        this.#open.delete(branch);
        this.context.resolved(this.#now, branch, event.hopCount);
        break;
      }
      case 'add':
        this.context.addTargets(this.#now, [
          this.#target({ qThousandths: event.q, hopCount: event.hopCount, failover: 'addresses' }),
        ]);
        break;
      case 'cancel':
        if (this.#isInvite && this.#successes === 0 && this.finishedCount === 0) this.#cancelledByCaller = true;
        this.context.cancel(this.#now);
        break;
      case 'wait':
        this.#now += event.delayMs;
        this.#wheel.advance(this.#now);
        break;
    }
    this.#observe();
  }

  /** The open branch that a number chooses, of those that were sent, or of those still to be resolved. */
  choose(pick: number, sent: boolean): number | undefined {
    const candidates = [...this.#open].filter(([, branch]) => branch.sent === sent).map(([id]) => id);
    return candidates.length === 0 ? undefined : candidates[pick % candidates.length];
  }

  #target(target: Omit<ForwardTarget, 'uri'>): ForwardTarget {
    return { ...target, uri: `sip:t${this.#names++}@test` };
  }

  #respond(pick: number, status: number): void {
    const branch = this.choose(pick, true);
    if (branch === undefined) return;
    if (status >= 200) this.#open.delete(branch);
    if (status >= 600) this.#declined = true;
    const lines = status >= 300 && status < 400 ? ['Contact: <sip:elsewhere@test>'] : [];
    this.context.responseReceived(this.#now, branch, sampleResponse(status, lines));
  }

  #must(holds: boolean, rule: string): void {
    if (!holds) this.violations.push(rule);
  }

  #observe(): void {
    const stopped = this.#cancelledByCaller || this.#declined || this.#successes > 0;
    for (const effect of this.#effects.splice(0)) this.#check(effect, stopped);
    let inUse = 0;
    for (const branch of this.#open.values()) inUse += branch.breadth;
    this.#must(inUse <= this.#maxBreadth, 'RFC 5393 §5.3.3: no more breadth is given out than came in');
    if (this.finishedCount > 0) this.#checkEnd();
  }

  #check(effect: ProxyEffect<ForwardTarget>, stopped: boolean): void {
    switch (effect.type) {
      case 'resolve':
        this.#opens(effect.branch, { sent: false, breadth: 0, cancelled: false }, stopped);
        break;
      case 'forward': {
        const hop = `${effect.target.uri} ${effect.hop}`;
        this.#must(!this.#hopsTried.has(hop), 'a hop of a target is tried once');
        this.#hopsTried.add(hop);
        this.#must(effect.maxBreadth >= 1, 'RFC 5393 §5.3.3: a copy has a breadth of at least 1');
        this.#opens(effect.branch, { sent: true, breadth: effect.maxBreadth, cancelled: false }, stopped);
        break;
      }
      case 'cancelBranch': {
        const branch = this.#open.get(effect.branch);
        this.#must(this.#isInvite, '§9.1: only an INVITE is cancelled');
        this.#must(branch?.sent === true && !branch.cancelled, 'a branch is cancelled once, and only while it is open');
        if (branch !== undefined) branch.cancelled = true;
        break;
      }
      case 'abandonBranch':
        this.#must(this.#open.delete(effect.branch), 'only an open branch is given up');
        break;
      case 'respond':
        this.#checkAnswer(effect);
        break;
      case 'finished':
        this.finishedCount++;
        this.#outcome = effect.outcome;
        break;
    }
  }

  #opens(id: number, branch: OpenBranch, stopped: boolean): void {
    this.#must(this.finishedCount === 0, 'nothing starts after the end');
    this.#must(!stopped, 'nothing starts after a 2xx, a 6xx or a CANCEL');
    this.#open.set(id, branch);
  }

  #checkAnswer({ answer }: Extract<ProxyEffect<ForwardTarget>, { type: 'respond' }>): void {
    const code = answer.kind === 'generated' ? answer.statusCode : answer.response.statusCode;
    this.#must(code !== 100, '§16.7 step 5: 100 is not forwarded');
    this.#must(code !== 503, '§16.7 step 6: 503 is not forwarded');
    this.#must(code !== 430, '430 stays inside the platform');
    if (code < 200) {
      this.#must(this.#successes + this.#failures === 0, 'no provisional response follows a final one');
    } else if (code < 300) {
      this.#must(this.#failures === 0, 'no 2xx follows a failure');
      this.#must((answer.kind === 'relayed' && answer.late) === this.#successes > 0, 'a second 2xx is marked late');
      this.#successes++;
      this.#must(this.#isInvite || this.#successes === 1, 'only an INVITE has several 2xx');
    } else {
      this.#must(this.choose(0, true) === undefined, '§16.7 step 6: a failure waits for every branch');
      this.#must(this.#isInvite || code !== 408, 'RFC 4320 §4.2: no 408 to a non-INVITE');
      this.#failures++;
    }
  }

  #checkEnd(): void {
    this.#must(this.finishedCount === 1, 'the end comes once');
    this.#must(this.#wheel.size === 0, 'no timer is left at the end');
    this.#must(this.choose(0, true) === undefined, 'no branch is left at the end');
    const silent = this.#successes + this.#failures === 0;
    this.#must(this.#failures === (this.#outcome === 'failed' ? 1 : 0), 'one failure, or none beside a 2xx');
    this.#must(this.#successes > 0 === (this.#outcome === 'answered'), 'a 2xx is what answered means');
    this.#must(!silent || !this.#isInvite, 'only a non-INVITE may end in silence');
  }
}
