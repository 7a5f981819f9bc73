import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StormCounts } from './storm-counts.js';
import { StormPhone } from './storm-phone.js';
import type { StormPlan, StormReport } from './storm-plan.js';

const tickMs = 10;

/** Phones that hold a registered connection each. */
export class Storm {
  readonly #plan: StormPlan;
  readonly #counts = new StormCounts();
  readonly #phones: readonly StormPhone[];

  constructor(plan: StormPlan) {
    this.#plan = plan;
    const trusted = createSecureContext({ ca: readFileSync(plan.trustedPath) });
    this.#phones = plan.phones.map((each) => new StormPhone(each, plan, this.#counts, trusted));
  }

  report(): StormReport {
    return this.#counts.report();
  }

  /** Has the phones connect, so many a second; resolves when the last one has begun. */
  async start(): Promise<void> {
    const startedAtMs = performance.now();
    for (let begun = 0; begun < this.#phones.length; ) {
      const due = Math.ceil(((performance.now() - startedAtMs) * this.#plan.connectsPerSec) / 1_000);
      for (; begun < Math.min(due, this.#phones.length); begun += 1) this.#phones[begun]?.start();
      await new Promise((resolve) => setTimeout(resolve, tickMs));
    }
  }

  /** Breaks every connection at once, from the phones' side. */
  drop(): void {
    for (const phone of this.#phones) phone.drop();
  }
}
