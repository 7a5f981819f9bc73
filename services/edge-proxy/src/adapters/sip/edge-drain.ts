import type { Logger } from '@ringdown/platform';
import type { Flow, StreamPort } from '@ringdown/sip-transport';
import { Draining, type DrainStage, type DrainTimes } from '../../domain/draining.js';

export interface EdgeDrainOptions {
  readonly times: DrainTimes;
  /** Other edges that can take something over now. */
  readonly successors: () => number;
  /** What waits for a final response. */
  readonly unanswered: () => { readonly requests: number; readonly flows: ReadonlySet<Flow> };
  readonly streams: () => Iterable<Pick<StreamPort, 'connections' | 'stopListening'>>;
  /** Called when what becomes of new requests changes. */
  readonly newRequests: (become: NewRequestsBecome) => void;
  readonly logger: Logger;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** 0 to below 1; default Math.random. */
  readonly random?: () => number;
}

export type NewRequestsBecome = 'taken' | 'handed over' | 'refused';

const lookMs = 100;

/** Empties an edge: see `Draining` for when, and for how much. */
export class EdgeDrain {
  /** Connections that were closed, and that something waited for when the time was up. */
  readonly counters = { closed: 0, cutOff: 0 };
  readonly #options: EdgeDrainOptions;
  readonly #draining: Draining;
  readonly #done = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  readonly #beganAt: number;
  /** On which something was under way at the last look: an ACK may follow what was answered since. */
  #lately: ReadonlySet<Flow> = new Set();
  #become: NewRequestsBecome = 'taken';
  #stage: DrainStage = 'notice';

  constructor(options: EdgeDrainOptions) {
    this.#options = options;
    this.#beganAt = options.now();
    this.#draining = new Draining(this.#beganAt, options.times, options.successors() === 0);
    // After what has come is read: a request must not cross the end of its connection because this process was busy.
    this.#timer = setInterval(() => setImmediate(() => this.#look()), lookMs);
    this.#look();
  }

  get stage(): DrainStage {
    return this.#stage;
  }

  /** Resolves when nothing is left to do, or the time is up. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stage = 'over';
    this.#done.resolve();
  }

  #look(): void {
    if (this.#stage === 'over') return;
    const { now, unanswered, streams, successors, newRequests } = this.#options;
    const { requests, flows: busy } = unanswered();
    const open = [...streams()].flatMap((port) => [...port.connections()]);
    const before = this.#stage;
    this.#stage = this.#draining.look(now(), { requests, connections: open.length });
    if (this.#stage === 'over') {
      this.#over(requests, open.length);
      return;
    }
    const become = this.#stage === 'notice' ? 'taken' : successors() > 0 ? 'handed over' : 'refused';
    if (become !== this.#become) newRequests(become);
    this.#become = become;
    if (this.#stage !== 'moving') return;
    // Whoever connects now is better off at another edge.
    if (before === 'notice') for (const port of streams()) port.stopListening();
    this.#close(open, busy);
    this.#lately = busy;
  }

  #close(open: readonly Flow[], busy: ReadonlySet<Flow>): void {
    const { now, random = Math.random } = this.#options;
    const idle = open.filter((flow) => !busy.has(flow) && !this.#lately.has(flow));
    let surplus = open.length - this.#draining.mayBeOpen(now());
    while (surplus > 0 && idle.length > 0) {
      const [flow] = idle.splice(Math.floor(random() * idle.length), 1);
      flow?.close();
      this.counters.closed += 1;
      surplus -= 1;
    }
  }

  #over(requests: number, connections: number): void {
    const { logger, now } = this.#options;
    clearInterval(this.#timer);
    this.counters.cutOff = requests;
    const fields = {
      requests,
      connections,
      durationMs: Math.round(now() - this.#beganAt),
      closed: this.counters.closed,
    };
    if (requests > 0)
      logger.warn('The time to end is up: what is still unanswered is lost, calls that ring among it', fields);
    else logger.info('Nothing is left to do at this edge', fields);
    this.#done.resolve();
  }
}
