import { join } from 'node:path';
import { checkoutRoot } from '../checkout-root.js';
import { type Child, startChild } from '../child-process.js';
import type { FieldHost } from '../field/field-host.js';
import type { LoadPlan, LoadReport } from './load-plan.js';

const program = join(checkoutRoot, 'libs', 'testbed', 'dist', 'load', 'main.js');

/** A load that runs on a machine of the field. */
export class LoadProcess {
  readonly #child: Child;
  readonly #plan: LoadPlan;

  /** Resolves when all its phones are registered and the calls begin; rejects with what it said when they don't get there. */
  static async start(host: Pick<FieldHost, 'prefix'>, plan: LoadPlan): Promise<LoadProcess> {
    const [command = '', ...args] = [...host.prefix, process.execPath, program];
    const child = startChild(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...(plan.trustedPath === undefined ? {} : { NODE_EXTRA_CA_CERTS: plan.trustedPath }) },
    });
    child.process.stdin?.on('error', () => {});
    child.process.stdin?.write(`${JSON.stringify(plan)}\n`);
    const load = new LoadProcess(child, plan);
    const phones = plan.callers.length + plan.callees.length + (plan.silent?.length ?? 0);
    await child.printed(/^\{"phase":"registered"/m, 65_000 + (2_000 * phones) / plan.registrationsPerSec);
    return load;
  }

  private constructor(child: Child, plan: LoadPlan) {
    this.#child = child;
    this.#plan = plan;
  }

  /** The newest report; they come once a second. */
  report(): LoadReport {
    const [, report = '{}'] = /^\{"phase":"\w+","report":(.*)\}$/m.exec(this.#lastLine()) ?? [];
    return JSON.parse(report) as LoadReport;
  }

  /** Resolves when a report fulfils the condition; rejects when none does in time, with the newest. */
  async reached(condition: (report: LoadReport) => boolean, timeoutMs: number): Promise<LoadReport> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const report = this.report();
      if (condition(report)) return report;
      if (performance.now() > deadline) throw new Error(`the load has not got there: ${JSON.stringify(report)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Lets the calls begin, where the plan waits for that. */
  beginCalling(): void {
    this.#child.process.stdin?.write('call\n');
  }

  /** No further calls; those there are go on to their end. */
  endCalling(): void {
    this.#child.process.stdin?.write('stop\n');
  }

  /** Resolves with the last report when every call is over. */
  async finished(timeoutMs = (this.#plan.durationSec + 90) * 1_000 + this.#plan.talkMs): Promise<LoadReport> {
    await this.#child.printed(/^\{"phase":"over"/m, timeoutMs);
    return this.report();
  }

  /** Unregisters its phones and ends. */
  async leave(): Promise<void> {
    this.#child.process.stdin?.write('leave\n');
    await this.#child.ended();
  }

  /** Kills it: what its phones have registered stays. */
  async stop(): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  #lastLine(): string {
    return (
      this.#child
        .output()
        .split('\n')
        .findLast((line) => line.startsWith('{"phase"') && line.endsWith('}')) ?? ''
    );
  }
}
