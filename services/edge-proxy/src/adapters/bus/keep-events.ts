import { edge, type events, traceEvents } from '@ringdown/contracts';
import type { Bus, Subscription } from '@ringdown/platform';
import type { KeepReason } from '../../domain/keep-reason.js';

export interface KeepEventOptions {
  readonly bus: Bus;
  readonly edgeId: string;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
  /** Told of each call that is to be kept, by whichever edge says so. */
  readonly kept: (callId: string, reason: KeepReason) => void;
}

const reasonOf: Readonly<Record<edge.KeepReason, KeepReason>> = {
  // A later version's: it has one all the same.
  [edge.KeepReason.UNSPECIFIED]: 'failed',
  [edge.KeepReason.FAILED]: 'failed',
  [edge.KeepReason.SLOW]: 'slow',
  [edge.KeepReason.OPERATOR]: 'operator',
};

/** A reason as the contracts have it. */
export const keepReasonOnWire: Readonly<Record<KeepReason, edge.KeepReason>> = {
  failed: edge.KeepReason.FAILED,
  slow: edge.KeepReason.SLOW,
  operator: edge.KeepReason.OPERATOR,
};

/** A reason from another edge; undefined where it has none. */
export function keepReasonFromWire(reason: edge.KeepReason): KeepReason | undefined {
  return reason === edge.KeepReason.UNSPECIFIED ? undefined : (reasonOf[reason] ?? 'failed');
}

/** Edges tell each other over the bus which calls' messages to keep. */
export class KeepEvents {
  readonly #options: KeepEventOptions;
  readonly #subscription: Subscription;

  constructor(options: KeepEventOptions) {
    this.#options = options;
    this.#subscription = options.bus.subscribe(traceEvents.pattern('_platform'), ({ data }) => {
      const event = traceEvents.decode(data);
      // The edge itself knows, also where the bus is away.
      if (event !== undefined && event.edgeId !== options.edgeId)
        options.kept(event.sipCallId, reasonOf[event.reason] ?? 'failed');
    });
  }

  publish(callId: string, reason: KeepReason): void {
    const { bus, edgeId, wallClock, kept } = this.#options;
    kept(callId, reason);
    const event: events.KeepCall = { sipCallId: callId, reason: keepReasonOnWire[reason], edgeId, atMs: wallClock() };
    bus.publish(traceEvents.subject(event), traceEvents.encode(event));
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}
