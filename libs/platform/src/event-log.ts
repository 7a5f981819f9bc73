import type {
  BatchConsumer,
  BatchSubscription,
  BusMessage,
  DurableConsumer,
  DurableMessage,
  DurableStream,
  Subscription,
} from './bus.js';
import { subjectMatches } from './bus-subject.js';
import type { Logger } from './logger.js';

interface Entry {
  readonly sequence: number;
  readonly message: BusMessage;
  readonly storedAtMs: number;
}

interface Taken {
  readonly entry: Entry;
  readonly redelivered: boolean;
}

interface Position {
  next: number;
  /** Failed or unanswered events, by sequence: when they are due again. */
  readonly retries: Map<number, number>;
}

/** Kept at most, whatever the age: memory is bounded. */
const maxEntries = 100_000;

/** A durable stream in memory, with each consumer's position. */
export class EventLog {
  #definition: DurableStream;
  readonly #entries = new Map<number, Entry>();
  readonly #ids = new Map<string, number>();
  readonly #positions = new Map<string, Position>();
  readonly #waiters = new Set<() => void>();
  readonly #consumptions = new Set<Subscription>();
  #lastSequence = 0;

  constructor(definition: DurableStream) {
    this.#definition = definition;
  }

  redefine(definition: DurableStream): void {
    this.#definition = definition;
  }

  /** Stores the event if its subject belongs here; a repeated id is not stored twice. Returns whether it belongs. */
  offer(message: BusMessage, id: string | undefined): boolean {
    if (!this.#definition.subjects.some((pattern) => subjectMatches(pattern, message.subject))) return false;
    const now = performance.now();
    this.#forget(now);
    if (id !== undefined) {
      if (this.#ids.has(id)) return true;
      this.#ids.set(id, now);
    }
    this.#lastSequence += 1;
    this.#entries.set(this.#lastSequence, { sequence: this.#lastSequence, message, storedAtMs: now });
    this.#wake();
    return true;
  }

  consume(
    consumer: BatchConsumer,
    handler: (messages: readonly DurableMessage[]) => Promise<void>,
    logger: Logger,
  ): BatchSubscription {
    let position = this.#positions.get(consumer.name);
    if (position === undefined) {
      position = { next: 1, retries: new Map() };
      this.#positions.set(consumer.name, position);
    }
    const state = { stopped: false };
    const finished = this.#work(consumer, position, handler, logger, state);
    const unsubscribe = () => {
      state.stopped = true;
      this.#consumptions.delete(subscription);
      this.#wake();
    };
    const counted = position;
    const subscription: BatchSubscription = {
      unsubscribe,
      backlog: async () => counted.retries.size + Math.max(0, this.#lastSequence - counted.next + 1),
      drain: async () => {
        unsubscribe();
        await finished;
      },
    };
    this.#consumptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumptions].map((subscription) => subscription.drain()));
  }

  async #work(
    consumer: BatchConsumer,
    position: Position,
    handler: (messages: readonly DurableMessage[]) => Promise<void>,
    logger: Logger,
    state: { readonly stopped: boolean },
  ): Promise<void> {
    while (!state.stopped) {
      const batch = this.#takeBatch(consumer, position);
      if (batch.length === 0) {
        await this.#somethingNew(position);
        continue;
      }
      try {
        await handler(batch.map(delivered));
        for (const { entry } of batch) position.retries.delete(entry.sequence);
      } catch (error) {
        const dueMs = performance.now() + (consumer.retryDelayMs ?? 1_000);
        for (const { entry } of batch) position.retries.set(entry.sequence, dueMs);
        logger.warn('A consumer failed on events, which will be delivered again', {
          subject: batch[0]?.entry.message.subject ?? '',
          events: batch.length,
          consumer: consumer.name,
          error,
        });
      }
    }
  }

  #takeBatch(consumer: BatchConsumer, position: Position): readonly Taken[] {
    const batch: Taken[] = [];
    while (batch.length < consumer.maxMessages) {
      const taken = this.#take(consumer, position);
      if (taken === undefined) break;
      // Until it is answered it counts as one to deliver again when the time for an answer is over.
      position.retries.set(taken.entry.sequence, performance.now() + (consumer.ackTimeoutMs ?? 30_000));
      batch.push(taken);
    }
    return batch;
  }

  #take(consumer: DurableConsumer, position: Position): Taken | undefined {
    const now = performance.now();
    for (const [sequence, dueMs] of position.retries) {
      if (dueMs > now) continue;
      const entry = this.#entries.get(sequence);
      if (entry !== undefined) return { entry, redelivered: true };
      position.retries.delete(sequence);
    }
    while (position.next <= this.#lastSequence) {
      const entry = this.#entries.get(position.next);
      position.next += 1;
      if (entry === undefined) continue;
      if (consumer.subject === undefined || subjectMatches(consumer.subject, entry.message.subject)) {
        return { entry, redelivered: false };
      }
    }
    return undefined;
  }

  /** Resolves when an event is stored, a retry is due or a consumer stops. */
  #somethingNew(position: Position): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      if (position.retries.size > 0) {
        const dueMs = Math.min(...position.retries.values());
        timer = setTimeout(wake, Math.max(1, dueMs - performance.now()));
        timer.unref();
      }
    });
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
  }

  #forget(now: number): void {
    for (const entry of this.#entries.values()) {
      if (this.#entries.size < maxEntries && now - entry.storedAtMs < this.#definition.maxAgeMs) break;
      this.#entries.delete(entry.sequence);
    }
    for (const [id, atMs] of this.#ids) {
      if (now - atMs < (this.#definition.duplicateWindowMs ?? 120_000)) break;
      this.#ids.delete(id);
    }
  }
}

function delivered({ entry, redelivered }: Taken): DurableMessage {
  const { message, sequence, storedAtMs } = entry;
  return { ...message, sequence, redelivered, storedAtMs: performance.timeOrigin + storedAtMs };
}
