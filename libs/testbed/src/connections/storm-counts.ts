import type { Delays, StormReport } from './storm-plan.js';

const keptFailures = 100;
const keptDelays = 100_000;

/** What the phones count while they run. */
export class StormCounts {
  connected = 0;
  registered = 0;
  dropped = 0;
  resumed = 0;
  deferred = 0;
  failures = 0;
  readonly #failed: { username: string; reason: string }[] = [];
  readonly #connectsFailed: Record<string, number> = {};
  readonly #answers: Record<string, number> = {};
  readonly connectsMs: number[] = [];
  readonly answersMs: number[] = [];
  readonly returnsMs: number[] = [];

  connectFailed(reason: string): void {
    this.#connectsFailed[reason] = (this.#connectsFailed[reason] ?? 0) + 1;
  }

  answered(status: number, afterMs: number): void {
    this.answersMs.push(afterMs);
    this.#answers[status] = (this.#answers[status] ?? 0) + 1;
  }

  registrationFailed(username: string, reason: string): void {
    this.failures += 1;
    if (this.#failed.length < keptFailures) this.#failed.push({ username, reason });
  }

  report(): StormReport {
    const { connected, registered, dropped, resumed, deferred, failures } = this;
    const { user, system } = process.cpuUsage();
    return {
      connected,
      registered,
      dropped,
      resumed,
      deferred,
      failures,
      failed: this.#failed,
      connectsFailed: this.#connectsFailed,
      answers: this.#answers,
      connectMs: delaysOf(this.connectsMs),
      answerMs: delaysOf(this.answersMs),
      returnMs: delaysOf(this.returnsMs),
      cpuMs: Math.round((user + system) / 1_000),
    };
  }
}

/** Of the newest; older ones are forgotten. */
function delaysOf(valuesMs: number[]): Delays {
  if (valuesMs.length > keptDelays) valuesMs.splice(0, valuesMs.length - keptDelays);
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
