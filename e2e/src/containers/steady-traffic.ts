import type { TestUserAgent } from '@ringdown/testkit';

/** What became of one thing that was tried: `ok`, or why it wasn't. */
export interface Attempt {
  readonly atMs: number;
  readonly outcome: string;
}

export interface SteadyTrafficOptions {
  readonly caller: TestUserAgent;
  readonly callee: TestUserAgent;
  /** Phones that refresh their registrations, one after the other. */
  readonly registering: readonly TestUserAgent[];
  readonly callEveryMs: number;
  readonly registerEveryMs: number;
}

const talkMs = 300;

/** Calls and registrations at a steady rate until it is stopped, each judged by both its ends. */
export class SteadyTraffic {
  readonly calls: Attempt[] = [];
  readonly registrations: Attempt[] = [];
  readonly #pending: Promise<void>[] = [];
  readonly #timers: NodeJS.Timeout[];
  #ended = false;

  constructor(private readonly options: SteadyTrafficOptions) {
    const { registering, callEveryMs, registerEveryMs } = options;
    let turn = 0;
    void this.#answer();
    this.#timers = [
      setInterval(() => this.#try(this.calls, () => this.#call()), callEveryMs),
      setInterval(() => {
        const phone = registering[turn++ % registering.length];
        if (phone !== undefined) this.#try(this.registrations, () => register(phone));
      }, registerEveryMs),
    ];
  }

  /** Resolves when what was begun has its outcome. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#pending);
    this.#ended = true;
  }

  #try(attempts: Attempt[], work: () => Promise<string>): void {
    const atMs = performance.now();
    const judged = work()
      .catch((error: unknown) => /failed with \d+/.exec(String(error))?.[0] ?? 'no answer in time')
      .then((outcome) => void attempts.push({ atMs, outcome }));
    this.#pending.push(judged);
  }

  async #call(): Promise<string> {
    const call = this.options.caller.call(this.options.callee.addressOfRecord);
    await call.established();
    await new Promise((resolve) => setTimeout(resolve, talkMs));
    await call.bye();
    return 'ok';
  }

  async #answer(): Promise<void> {
    while (!this.#ended) {
      try {
        (await this.options.callee.nextCall()).answer();
      } catch {
        // Nobody called for as long as it waits.
      }
    }
  }
}

async function register(phone: TestUserAgent): Promise<string> {
  const { statusCode } = await phone.register();
  return statusCode === 200 ? 'ok' : `REGISTER ${statusCode}`;
}

/** How often each outcome was had. */
export function tally(attempts: readonly Attempt[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of attempts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
