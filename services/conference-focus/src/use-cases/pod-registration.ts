import type { Logger, OutageLog } from '@ringdown/platform';
import { type Pod, type PodLife } from '../domain/pod.js';
import type { PodRegister } from '../ports/pod-register.js';

export interface PodRegistrationOptions {
  readonly register: PodRegister;
  readonly self: PodLife;
  readonly mediaHosts: readonly string[];
  /** Where others reach this pod, `host:port`; undefined while it can't be reached yet. */
  readonly address: () => string | undefined;
  readonly load: () => { readonly members: number; readonly busyShare: number };
  readonly outages: OutageLog;
  readonly logger: Logger;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly leaseMs: number;
  readonly beatMs: number;
  /** Told after each beat that was stored: how long before the one before it was. */
  readonly beaten: (sinceMs: number) => void;
  /** Another life has this pod's name. */
  readonly superseded: () => void;
}

const firstBeatMs = 50;
const forgetEveryMs = 60_000;

/** Keeps a pod in the table of pods, by a word each second, and the table as it was then. */
export class PodRegistration {
  readonly #options: PodRegistrationOptions;
  #pods: readonly Pod[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #beatenAt: number | undefined;
  #forgotAt: number;
  #isDraining = false;
  #isSuperseded = false;
  #isStopped = false;

  constructor(options: PodRegistrationOptions) {
    this.#options = options;
    this.#forgotAt = options.now();
  }

  /** All pods as of the last beat. */
  get pods(): readonly Pod[] {
    return this.#pods;
  }

  /** A sentence about why the pod can't be given conferences now; undefined where it can. */
  get trouble(): string | undefined {
    if (this.#isSuperseded) return 'another pod has the name of this one: RINGDOWN_FOCUS_ID must be unique';
    const { now, leaseMs } = this.#options;
    if (this.#beatenAt === undefined) return 'the pod is not in the table of pods yet';
    return this.#beatenAt > now() - leaseMs ? undefined : 'Postgres has not heard this pod for the length of its lease';
  }

  /** Says now, and from then on each second, that the pod is there; resolves when the first word is stored, or can't be. */
  async start(): Promise<void> {
    await this.beat();
    this.#next();
  }

  /** Says at once, and from then on, that the pod opens no conferences. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.beat();
  }

  async refresh(): Promise<void> {
    this.#pods = await this.#options.register.pods();
  }

  /** Removes what is left of pods that are long gone. */
  async forget(): Promise<void> {
    await this.#options.register.forget();
  }

  /** The pod and what it has are removed from the tables, if they can be reached. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
    if (this.#beatenAt === undefined || this.#isSuperseded) return;
    const { register, self, logger } = this.#options;
    await register.leave(self).catch((error: unknown) => {
      logger.warn('the pod could not be taken out of the table of pods: others find out by its silence', { error });
    });
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped || this.#isSuperseded) return;
    this.#timer = setTimeout(() => void this.beat().then(() => this.#next()), delayMs);
    this.#timer.unref();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#schedule(this.#options.address() === undefined ? firstBeatMs : this.#options.beatMs);
  }

  /** Says now that the pod is there; resolves when that is stored, or can't be. */
  async beat(): Promise<void> {
    await this.#beating;
    if (this.#isStopped || this.#isSuperseded) return;
    this.#beating = this.#store();
    await this.#beating;
    this.#beating = undefined;
  }

  async #store(): Promise<void> {
    const { register, self, mediaHosts, address, load, now, outages, beaten } = this.#options;
    const at = address();
    if (at === undefined) return;
    try {
      const beat = { ...self, address: at, mediaHosts, isDraining: this.#isDraining, ...load() };
      const pods = await register.beat(beat, this.#beatenAt === undefined);
      if (pods === undefined) {
        this.#supersede();
        return;
      }
      outages.healed('homes', 'conferences can be given homes again');
      const sinceMs = this.#beatenAt === undefined ? 0 : now() - this.#beatenAt;
      this.#pods = pods;
      this.#beatenAt = now();
      beaten(sinceMs);
      if (now() - this.#forgotAt < forgetEveryMs) return;
      this.#forgotAt = now();
      await this.forget();
    } catch (error) {
      outages.failed(
        'homes',
        'Postgres can’t be told that this pod is there: no conference can be opened, those that are open go on',
        {
          error,
        },
      );
    }
  }

  #supersede(): void {
    const { logger, self, superseded } = this.#options;
    this.#isSuperseded = true;
    logger.error('another pod has taken the name of this one: its conferences end here', { podId: self.podId });
    superseded();
  }
}
