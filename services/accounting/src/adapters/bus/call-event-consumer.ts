import { callEvents, callStream, type events } from '@ringdown/contracts';
import {
  type BatchSubscription,
  type Bus,
  type DurableMessage,
  noSpan,
  type Span,
  type Tracing,
} from '@ringdown/platform';
import type { CallStep } from '../../domain/call-step.js';
import type { RecordObserver } from '../../ports/record-observer.js';
import { callStepOf } from './call-steps.js';

export interface CallEventConsumerOptions {
  readonly bus: Bus;
  readonly tracing: Tracing;
  readonly observer: RecordObserver;
  /** Resolves when all of it is committed. */
  readonly record: (steps: readonly CallStep[]) => Promise<void>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** Messages taken together at most; each holds the events of a tenant within 20 ms. */
const maxMessages = 256;
/** What a pod that was killed had taken, others get after this time. */
const ackTimeoutMs = 10_000;
/** Whoever was heard of so lately has nothing old in front of him. */
const freshMs = 10_000;
/** So long after the bus was away, edges have sent what they had kept. */
const settledMs = 15_000;

/** Takes the events of calls from the stream; all pods of accounting share them. An event is done when it is committed. */
export class CallEventConsumer {
  readonly #options: CallEventConsumerOptions;
  #subscription: BatchSubscription | undefined;
  #stopListening: () => void = () => undefined;
  /** When the bus was last away, by `now`. */
  #awayAtMs: number;
  /** When the event that was taken last was stored. */
  #takenStoredAtMs = 0;

  constructor(options: CallEventConsumerOptions) {
    this.#options = options;
    this.#awayAtMs = 0;
  }

  async start(): Promise<void> {
    const { bus, now } = this.#options;
    await bus.declareStream(callStream);
    this.#stopListening = bus.onConnection(() => {
      this.#awayAtMs = now();
    });
    this.#subscription = await bus.durableConsumeBatches(
      { stream: callStream.name, name: 'accounting', maxMessages, ackTimeoutMs },
      (messages) => this.#take(messages),
    );
  }

  /** Whether what the edges have told is in the records but for the last seconds: only then does silence mean anything. */
  async isCaughtUp(): Promise<boolean> {
    const { bus, now } = this.#options;
    if (this.#subscription === undefined || !bus.connected || now() - this.#awayAtMs < settledMs) return false;
    return now() - this.#takenStoredAtMs < freshMs || (await this.#subscription.backlog()) === 0;
  }

  /** Events that no pod has recorded yet. */
  async backlog(): Promise<number> {
    return (await this.#subscription?.backlog()) ?? 0;
  }

  /** Lets what was taken be recorded, and takes nothing more. */
  async stop(): Promise<void> {
    this.#stopListening();
    await this.#subscription?.drain();
    this.#subscription = undefined;
  }

  async #take(messages: readonly DurableMessage[]): Promise<void> {
    const { observer, record, tracing } = this.#options;
    const steps: CallStep[] = [];
    const spans: Span[] = [];
    for (const { data, redelivered } of messages) {
      if (redelivered) observer.messageRedelivered();
      const batch = callEvents.decode(data);
      if (batch === undefined) observer.eventConsumed('malformed', 0);
      for (const event of batch?.events ?? []) {
        const step = this.#read(event);
        if (step === undefined) observer.eventConsumed('malformed', 0);
        else {
          steps.push(step);
          if (tracing.enabled) spans.push(...this.#spans(step, event.traceparent));
        }
      }
    }
    try {
      await record(steps);
      this.#takenStoredAtMs = Math.max(this.#takenStoredAtMs, messages.at(-1)?.storedAtMs ?? 0);
    } catch (error) {
      for (const span of spans) span.fail(error);
      throw error;
    } finally {
      // The inner ones first.
      for (const span of spans.toReversed()) span.end();
    }
  }

  #read(event: events.CallEvent): CallStep | undefined {
    const { tracing } = this.#options;
    return callStepOf(event, (sipCallId) => tracing.callTrace(sipCallId, 'INVITE', 0).traceId);
  }

  /** Of taking an event, and within it of the one commit that writes all that were taken together. */
  #spans({ sipCallId, callKey, tenantId, edgeId, event }: CallStep, traceparent: string): readonly Span[] {
    const { tracing } = this.#options;
    const parent = traceparent === '' ? tracing.callTrace(sipCallId, 'INVITE', 0) : traceparent;
    const taken = tracing.startSpan(`record ${event.kind}`, parent, {
      kind: 'consumer',
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.type': 'process',
        'messaging.destination.name': callStream.name,
        'messaging.consumer.group.name': 'accounting',
        'ringdown.tenant': tenantId,
        'ringdown.call_key': callKey,
        'ringdown.edge': edgeId,
      },
    });
    if (taken === noSpan) return [];
    const written = tracing.startSpan('accounting.record sql', taken.traceparent, {
      kind: 'client',
      attributes: {
        'db.system.name': 'postgresql',
        'db.namespace': 'accounting',
        'db.collection.name': 'call_records',
        'db.operation.name': 'UPSERT',
        'ringdown.tenant': tenantId,
      },
    });
    return [taken, written];
  }
}
