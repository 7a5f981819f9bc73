import type { location } from '@ringdown/contracts';
import type { Logger } from '@ringdown/platform';
import type { Flow, TransportEvents } from '@ringdown/sip-transport';
import type { Admission } from '../../domain/admission.js';
import type { LeaseStanding } from '../../domain/lease-watch.js';
import { RegisteredFlows } from '../sip/registered-flows.js';
import { LeaseKeeper } from './lease-keeper.js';

export interface EdgeLeaseOptions {
  readonly service: location.LocationService;
  readonly edge: { readonly id: string; readonly incarnation: string };
  readonly ownsPinholes: boolean;
  readonly admission: Admission;
  /** When location's events were last heard, on the clock of `now`. */
  readonly locationHeardAt: () => number;
  /** Other edges to which there is a stream. */
  readonly peers: () => number;
  readonly logger: Logger;
  readonly now: () => number;
  readonly timeoutMs: number;
  /** Told of each question to location about a flow that it didn't answer, and that it did. */
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
}

/** Location says each second that it is there. */
const locationSilenceMs = 2_500;

const troubles: Readonly<Record<LeaseStanding, string | undefined>> = {
  held: undefined,
  // No edge is better off: phones that were sent elsewhere would find the same there.
  waiting: undefined,
  'cut-off': 'location does not answer this edge, though it is there',
  superseded: 'another process has taken the name of this edge',
};

/** An edge's part in D3: it holds a lease on its flows, tells location of those that close, and closes them when phones are better off elsewhere. */
export class EdgeLease {
  readonly flows: RegisteredFlows;
  readonly #keeper: LeaseKeeper;

  constructor(options: EdgeLeaseOptions) {
    const { service, edge, ownsPinholes, admission, locationHeardAt, peers, logger, now } = options;
    const flows = new RegisteredFlows({ ...options, unbind: (request, context) => service.unbind(request, context) });
    this.flows = flows;
    this.#keeper = new LeaseKeeper({
      service,
      edge,
      ownsPinholes,
      surroundings: () => ({ locationIsHeard: now() - locationHeardAt() < locationSilenceMs, peers: peers() }),
      logger,
      now,
      move: () => flows.move(),
      cutOff: (isCutOff) => {
        admission.cutOff(isCutOff);
        if (!isCutOff) flows.stay();
      },
    });
  }

  get standing(): LeaseStanding {
    return this.#keeper.standing;
  }

  get renewals(): Readonly<LeaseKeeper['counters']> {
    return this.#keeper.counters;
  }

  /** Why phones are better off at another edge, as a sentence; undefined if they aren't. */
  get trouble(): string | undefined {
    return troubles[this.standing];
  }

  /** The same events, with an eye on the flows that close. */
  watching(events: TransportEvents): TransportEvents {
    return {
      ...events,
      flowClosed: (flow: Flow, reason: string) => {
        events.flowClosed(flow, reason);
        this.flows.closed(flow);
      },
    };
  }

  start(): void {
    this.#keeper.start();
  }

  /** The edge closes its flows: location will learn it at once, not one by one. */
  leave(): void {
    this.flows.stop();
  }

  /** Gives the lease back, once the flows are closed. */
  async stop(): Promise<void> {
    await this.#keeper.stop();
  }
}
