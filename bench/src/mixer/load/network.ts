import type { Flow } from '@ringdown/sip-transport';
import type { Impairment } from './load-questions.js';
import { seeded } from './speech.js';

/** Longer than any delay; in steps of a millisecond. */
const slots = 256;

/** Between the load and the system: passes packets on, some late, and some not at all. */
export class Network {
  readonly #impairment: Impairment | undefined;
  readonly #random: () => number;
  readonly #late: { readonly flow: Flow; readonly packet: string }[][] = Array.from({ length: slots }, () => []);

  constructor(impairment: Impairment | undefined) {
    this.#impairment = impairment;
    this.#random = seeded(impairment?.seed ?? 0);
  }

  /** `nowMs`: a whole number. */
  send(flow: Flow, packet: string, nowMs: number): void {
    if (this.#impairment === undefined) {
      flow.send(packet);
      return;
    }
    const { lossShare, mostDelayMs } = this.#impairment;
    const isLost = this.#random() < lossShare;
    const delayMs = Math.floor(this.#random() * (mostDelayMs + 1));
    if (isLost) return;
    if (delayMs === 0) flow.send(packet);
    else this.#late[(nowMs + delayMs) % slots]?.push({ flow, packet });
  }

  /** What has been delayed until this millisecond; to be called for each. */
  deliver(nowMs: number): void {
    if (this.#impairment === undefined) return;
    const due = this.#late[nowMs % slots] as { readonly flow: Flow; readonly packet: string }[];
    for (const { flow, packet } of due) flow.send(packet);
    due.length = 0;
  }
}
