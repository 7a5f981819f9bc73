import type { CallFailure, LoadReport } from './load-plan.js';
import { monotonicMs } from './monotonic-clock.js';

const slowMs = 100;
const keptSlow = 100;

/** What a load counts while it runs. */
export class LoadCounts {
  registered = 0;
  started = 0;
  established = 0;
  mostEstablished = 0;
  completed = 0;
  cancelled = 0;
  unacknowledged = 0;
  forkedTwice = 0;
  deferred = 0;
  resent = 0;
  misrouted = 0;
  registrationsDone = 0;
  reconnects = 0;
  retransmissions = 0;
  readonly failed: CallFailure[] = [];
  readonly lost: CallFailure[] = [];
  readonly registrationsFailed: { username: string; atMs: number; reason: string }[] = [];
  readonly brokenTransactions: Record<string, number> = {};
  readonly sources = new Set<string>();
  readonly #postDialDelaysMs: number[] = [];
  readonly #slow: { startedAtMs: number; postDialDelayMs: number }[] = [];

  establish(): void {
    this.established += 1;
    this.mostEstablished = Math.max(this.mostEstablished, this.established);
  }

  rang(postDialDelayMs: number): void {
    this.#postDialDelaysMs.push(postDialDelayMs);
    if (postDialDelayMs > slowMs && this.#slow.length < keptSlow)
      this.#slow.push({ startedAtMs: monotonicMs() - postDialDelayMs, postDialDelayMs });
  }

  broke(method: string): void {
    this.brokenTransactions[method] = (this.brokenTransactions[method] ?? 0) + 1;
  }

  report(): LoadReport {
    const delays = this.#postDialDelaysMs.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round((delays[Math.ceil(delays.length * share) - 1] ?? 0) * 10) / 10;
    const { user, system } = process.cpuUsage();
    return {
      atMs: monotonicMs(),
      registered: this.registered,
      started: this.started,
      established: this.established,
      mostEstablished: this.mostEstablished,
      completed: this.completed,
      cancelled: this.cancelled,
      failed: this.failed,
      lost: this.lost,
      unacknowledged: this.unacknowledged,
      forkedTwice: this.forkedTwice,
      deferred: this.deferred,
      resent: this.resent,
      misrouted: this.misrouted,
      registrationsFailed: this.registrationsFailed,
      registrationsDone: this.registrationsDone,
      reconnects: this.reconnects,
      brokenTransactions: this.brokenTransactions,
      retransmissions: this.retransmissions,
      postDialDelayMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      slow: this.#slow,
      sources: this.sources.size,
      cpuMs: Math.round((user + system) / 1_000),
    };
  }
}
