import { join } from 'node:path';
import { checkoutRoot } from '../checkout-root.js';
import { type Child, startChild } from '../child-process.js';
import type { StormPlan, StormReport } from './storm-plan.js';

const program = join(checkoutRoot, 'libs', 'testbed', 'dist', 'connections', 'main.js');
const pollMs = 100;

/** Thousands of phones with a connection each, in a process of their own. */
export class StormProcess {
  readonly #child: Child;

  /** Starts them; `prefix` is the command line that runs another one where they are to be. */
  static start(plan: StormPlan, prefix: readonly string[] = []): StormProcess {
    const [command = '', ...args] = [...prefix, process.execPath, '--max-semi-space-size=32', program];
    const child = startChild(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.process.stdin?.on('error', () => {});
    child.process.stdin?.write(`${JSON.stringify(plan)}\n`);
    return new StormProcess(child);
  }

  private constructor(child: Child) {
    this.#child = child;
  }

  /** The newest report; undefined before the first. */
  report(): StormReport | undefined {
    const line = this.#child
      .output()
      .split('\n')
      .slice(0, -1)
      .findLast((each) => each.startsWith('{"connected"'));
    return line === undefined ? undefined : (JSON.parse(line) as StormReport);
  }

  /** Resolves with the first report seen that fulfils the condition; rejects with the newest, and what was printed besides, when none does in time. */
  async reached(condition: (report: StormReport) => boolean, timeoutMs: number): Promise<StormReport> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const report = this.report();
      if (report !== undefined && condition(report)) return report;
      if (performance.now() > deadline)
        throw new Error(`the phones have not got there: ${this.#child.output().slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Breaks every connection at once, from the phones' side. */
  drop(): void {
    this.#child.process.stdin?.write('drop\n');
  }

  /** Kills it: what its phones have registered stays until it expires. */
  async stop(): Promise<void> {
    await this.#child.end('SIGKILL');
  }
}
