/** One event as a subscriber gets it. The contracts say what the payload holds, which nobody changes. */
export interface BusMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** A stored event. `sequence` counts up within its stream; `redelivered` marks one whose handler failed or never answered. */
export interface DurableMessage extends BusMessage {
  readonly sequence: number;
  readonly redelivered: boolean;
  /** When it was stored, Unix time in milliseconds. */
  readonly storedAtMs: number;
}

export interface Subscription {
  /** Delivers what has already arrived, then nothing more. */
  drain(): Promise<void>;
  /** Delivers nothing more. */
  unsubscribe(): void;
}

/** Events that are kept until consumers have had them. */
export interface DurableStream {
  /** Upper-case letters, digits and `_`. */
  readonly name: string;
  /** Subjects it keeps, with wildcards. */
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  /** Time in which a second event with the same id is taken for the first; default two minutes. */
  readonly duplicateWindowMs?: number;
}

export interface DurableConsumer {
  readonly stream: string;
  /** Its position outlives the process; several processes with one name share the work. */
  readonly name: string;
  /** Which of the stream's events, with wildcards; all by default. */
  readonly subject?: string;
  /** Time after which an event without an answer is delivered again; default 30,000. */
  readonly ackTimeoutMs?: number;
  /** Pause before an event whose handler failed is delivered again; default 1,000. */
  readonly retryDelayMs?: number;
}

/** A consumer that takes events in batches. */
export interface BatchConsumer extends DurableConsumer {
  /** Events handed over together at most. A handler that is quick gets few of them. */
  readonly maxMessages: number;
}

export interface BatchSubscription extends Subscription {
  /** Events that are stored and not yet done, whichever process has them. Throws `unavailable`. */
  backlog(): Promise<number>;
}

export interface SubscribeOptions {
  /** Subscribers with the same queue name share the events: each goes to one of them. */
  readonly queue?: string;
}

/**
 * Events between services. `publish` is fire and forget: at most once, in order from one publisher, and lost while the
 * bus is away. The durable methods are at least once. Subjects are tokens between dots; a subscription may have `*`
 * for one token and `>` for the rest.
 */
export interface Bus {
  /** Returns false where the event is certainly lost because the bus is away. Never throws for that. */
  publish(subject: string, data: Uint8Array, headers?: Readonly<Record<string, string>>): boolean;
  /** Handlers of one subscription are called in order, never from within `publish`. What a handler throws is logged. */
  subscribe(subject: string, handler: (message: BusMessage) => void, options?: SubscribeOptions): Subscription;
  /** Resolves when what was published before has reached the bus and subscriptions made before are in force. Throws `unavailable`. */
  flush(): Promise<void>;
  /** Creates the stream, or brings it to this definition. */
  declareStream(stream: DurableStream): Promise<void>;
  /** Resolves once the event is stored; an id makes a repetition harmless. Throws ServiceError `unavailable` otherwise. */
  durablePublish(
    subject: string,
    data: Uint8Array,
    options?: { readonly id?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<void>;
  /** Hands over the events one at a time, from where this consumer was. An event is done when the handler's promise resolves. */
  durableConsume(consumer: DurableConsumer, handler: (message: DurableMessage) => Promise<void>): Promise<Subscription>;
  /** Hands over the events that are there together, one batch at a time. All are done when the handler's promise resolves, and none when it rejects. */
  durableConsumeBatches(
    consumer: BatchConsumer,
    handler: (messages: readonly DurableMessage[]) => Promise<void>,
  ): Promise<BatchSubscription>;
  readonly connected: boolean;
  /** Called with the new state at each change; returns what ends that. */
  onConnection(listener: (connected: boolean) => void): () => void;
  /** Delivers what has arrived, sends what was published, and closes. */
  close(): Promise<void>;
}
