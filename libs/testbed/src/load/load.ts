import { LoadCall } from './load-call.js';
import { LoadCounts } from './load-counts.js';
import type { LoadPhone, LoadPlan, LoadReport } from './load-plan.js';
import { monotonicMs } from './monotonic-clock.js';
import { Phone } from './phone.js';

const tickMs = 5;
const registrationTimeoutMs = 30_000;

/** Phones that register, call each other at a steady rate, talk and hang up; everything that goes wrong is counted. */
export class Load {
  readonly #plan: LoadPlan;
  readonly #counts = new LoadCounts();
  readonly #callers: readonly Phone[];
  readonly #callees: readonly Phone[];
  readonly #silent: readonly Phone[];
  readonly #calls = new Map<string, LoadCall>();

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const phones = (options: readonly LoadPhone[]) => options.map((each) => new Phone(each, plan, this.#counts));
    this.#callers = phones(plan.callers);
    this.#callees = phones(plan.callees);
    this.#silent = phones(plan.silent ?? []);
    for (const phone of [...this.#callees, ...this.#silent]) {
      phone.called = (invite) => {
        const call = this.#calls.get(invite.callId);
        // Its caller has given up meanwhile.
        if (call === undefined) phone.respond(invite, 480, 'over');
        else call.arrived(phone, invite);
      };
    }
  }

  report(): LoadReport {
    return this.#counts.report();
  }

  /** Resolves when every phone has registered. Rejects when one hasn't within half a minute. */
  async register(): Promise<void> {
    const phones = [...this.#callers, ...this.#callees, ...this.#silent];
    const startedAtMs = monotonicMs();
    let next = 0;
    while (this.#counts.registered < phones.length) {
      const elapsedMs = monotonicMs() - startedAtMs;
      const due = Math.min(phones.length, Math.ceil((elapsedMs * this.#plan.registrationsPerSec) / 1_000));
      for (; next < due; next += 1) void phones[next]?.start();
      if (elapsedMs > registrationTimeoutMs + (phones.length * 1_000) / this.#plan.registrationsPerSec)
        throw new Error(
          `${this.#counts.registered} of ${phones.length} phones are registered; ${JSON.stringify(this.#counts.registrationsFailed.slice(-3))}`,
        );
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
  }

  /** Begins calls for as long as the plan says, or until `stopped`; resolves when the last one is over. */
  async call(isStopped: () => boolean): Promise<void> {
    const { callsPerSec, durationSec } = this.#plan;
    const startedAtMs = monotonicMs();
    const total = Math.round(callsPerSec * durationSec);
    for (let begun = 0; begun < total && !isStopped(); ) {
      const due = Math.min(total, Math.ceil(((monotonicMs() - startedAtMs) * callsPerSec) / 1_000));
      for (; begun < due; begun += 1) this.#begin(begun);
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
    while (this.#calls.size > 0) await new Promise((resolve) => setTimeout(resolve, tickMs));
  }

  /** Unregisters every phone; what gets no answer is left to its expiry. */
  async leave(): Promise<void> {
    await Promise.all([...this.#callers, ...this.#callees, ...this.#silent].map((phone) => phone.leave()));
  }

  #begin(number: number): void {
    const { cancelEvery } = this.#plan;
    const isToBeCancelled = cancelEvery !== undefined && number % cancelEvery === cancelEvery - 1;
    const caller = this.#turn(this.#callers, number);
    // So that, over five times five calls, every transport of five calls every other one.
    const calleeNumber = number * 3 + Math.floor(number / 5);
    const callee = this.#turn(isToBeCancelled ? this.#silent : this.#callees, calleeNumber);
    // A phone that is away can neither call nor be called: that is no call that the platform fails.
    if (caller === undefined || callee === undefined) return;
    const { plan, counts } = { plan: this.#plan, counts: this.#counts };
    const over = (call: LoadCall) => void this.#calls.delete(call.callId);
    const call = new LoadCall({ number, caller, callee, isToBeCancelled, plan, counts, over });
    counts.started += 1;
    this.#calls.set(call.callId, call);
    call.begin();
  }

  /** The phone whose turn it is, or the next one that is there. */
  #turn(phones: readonly Phone[], number: number): Phone | undefined {
    for (let offset = 0; offset < phones.length; offset += 1) {
      const phone = phones[(number + offset) % phones.length];
      if (phone?.isRegistered === true) return phone;
    }
    return undefined;
  }
}
