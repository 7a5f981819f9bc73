import type {
  BatchConsumer,
  BatchSubscription,
  Bus,
  BusMessage,
  DurableConsumer,
  DurableMessage,
  DurableStream,
  SubscribeOptions,
  Subscription,
} from './bus.js';
import { requireSubject, requireSubjectPattern, subjectMatches } from './bus-subject.js';
import { EventLog } from './event-log.js';
import type { Logger } from './logger.js';
import { ServiceError } from './service-error.js';

interface Subscriber {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly handler: (message: BusMessage) => void;
  active: boolean;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The bus of a process that runs every service by itself. Durable events are kept in memory: they survive a consumer, not the
 * process.
 */
export class InProcessBus implements Bus {
  readonly #logger: Logger;
  readonly #subscribers = new Set<Subscriber>();
  readonly #queueTurns = new Map<string, number>();
  readonly #logs = new Map<string, EventLog>();
  #deliveries: (() => void)[] = [];
  #scheduled = false;
  #closed = false;

  constructor(options: { readonly logger: Logger }) {
    this.#logger = options.logger;
  }

  get connected(): boolean {
    return !this.#closed;
  }

  onConnection(): () => void {
    return () => undefined;
  }

  publish(subject: string, data: Uint8Array, headers: Readonly<Record<string, string>> = noHeaders): boolean {
    requireSubject(subject);
    if (this.#closed) return false;
    const message: BusMessage = { subject, data, headers };
    for (const log of this.#logs.values()) log.offer(message, undefined);
    this.#enqueue(() => this.#deliver(message));
    return true;
  }

  subscribe(pattern: string, handler: (message: BusMessage) => void, options: SubscribeOptions = {}): Subscription {
    requireSubjectPattern(pattern);
    const subscriber: Subscriber = { pattern, queue: options.queue, handler, active: true };
    this.#subscribers.add(subscriber);
    const unsubscribe = () => {
      subscriber.active = false;
      this.#subscribers.delete(subscriber);
    };
    return {
      unsubscribe,
      drain: async () => {
        await this.#idle();
        unsubscribe();
      },
    };
  }

  async flush(): Promise<void> {
    this.#requireOpen();
    await this.#idle();
  }

  async declareStream(stream: DurableStream): Promise<void> {
    this.#requireOpen();
    for (const subject of stream.subjects) requireSubjectPattern(subject);
    const existing = this.#logs.get(stream.name);
    if (existing === undefined) this.#logs.set(stream.name, new EventLog(stream));
    else existing.redefine(stream);
  }

  async durablePublish(
    subject: string,
    data: Uint8Array,
    options: { readonly id?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    requireSubject(subject);
    this.#requireOpen();
    const message: BusMessage = { subject, data, headers: options.headers ?? noHeaders };
    let stored = false;
    for (const log of this.#logs.values()) stored = log.offer(message, options.id) || stored;
    if (!stored) throw new ServiceError('unavailable', `No stream keeps ${subject}`);
    this.#enqueue(() => this.#deliver(message));
  }

  async durableConsume(
    consumer: DurableConsumer,
    handler: (message: DurableMessage) => Promise<void>,
  ): Promise<Subscription> {
    return this.durableConsumeBatches({ ...consumer, maxMessages: 1 }, async (messages) => {
      for (const message of messages) await handler(message);
    });
  }

  async durableConsumeBatches(
    consumer: BatchConsumer,
    handler: (messages: readonly DurableMessage[]) => Promise<void>,
  ): Promise<BatchSubscription> {
    this.#requireOpen();
    const log = this.#logs.get(consumer.stream);
    if (log === undefined) throw new ServiceError('not-found', `There is no stream ${consumer.stream}`);
    return log.consume(consumer, handler, this.#logger);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#idle();
    this.#subscribers.clear();
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }

  #requireOpen(): void {
    if (this.#closed) throw new ServiceError('unavailable', 'The bus is closed');
  }

  #enqueue(delivery: () => void): void {
    this.#deliveries.push(delivery);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      const batch = this.#deliveries;
      this.#deliveries = [];
      this.#scheduled = false;
      for (const deliver of batch) deliver();
    });
  }

  /** Resolves after everything that is queued now. */
  #idle(): Promise<void> {
    return new Promise((resolve) => this.#enqueue(resolve));
  }

  #deliver(message: BusMessage): void {
    const queues = new Map<string, Subscriber[]>();
    // Who subscribes from within a handler gets the next event first.
    const present = [...this.#subscribers];
    for (const subscriber of present) {
      if (!subjectMatches(subscriber.pattern, message.subject)) continue;
      if (subscriber.queue === undefined) {
        this.#call(subscriber, message);
        continue;
      }
      const members = queues.get(subscriber.queue);
      if (members === undefined) queues.set(subscriber.queue, [subscriber]);
      else members.push(subscriber);
    }
    for (const [queue, members] of queues) {
      const turn = this.#queueTurns.get(queue) ?? 0;
      this.#queueTurns.set(queue, turn + 1);
      const member = members[turn % members.length];
      if (member !== undefined) this.#call(member, message);
    }
  }

  #call(subscriber: Subscriber, message: BusMessage): void {
    if (!subscriber.active) return;
    try {
      subscriber.handler(message);
    } catch (error) {
      this.#logger.error('A subscriber failed on an event', { subject: message.subject, error });
    }
  }
}
