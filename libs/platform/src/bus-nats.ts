import { setTimeout as pause } from 'node:timers/promises';
import type { ConsumerMessages, JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
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
import { requireSubject, requireSubjectPattern } from './bus-subject.js';
import { connectProblem, urlHostPort } from './connect-problem.js';
import type { Logger } from './logger.js';
import { handOver } from './nats-batches.js';
import { headerOptions, noHeaders, readHeaders } from './nats-messages.js';
import { OutageLog } from './outage-log.js';
import { ServiceError } from './service-error.js';

export interface NatsBusOptions {
  readonly url: string;
  /** Stands in the server's list of connections. */
  readonly name: string;
  readonly logger: Logger;
  /** On how many nodes of a cluster each stream is kept; default 1. */
  readonly replicas?: number;
  /** Time for the first connection; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Time for the server to answer a flush or a durable publish; default 5,000. */
  readonly requestTimeoutMs?: number;
  /** Pause between attempts to connect again; default 250, and up to as much again at random. */
  readonly reconnectDelayMs?: number;
}

interface Consumption {
  messages: ConsumerMessages;
  stopped: boolean;
}

const nanosecondsPerMs = 1_000_000;

/** The bus of a platform of many processes: NATS, and JetStream for what must not be lost. It reconnects for ever. */
export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #logger: Logger;
  readonly #outages: OutageLog;
  readonly #replicas: number;
  readonly #requestTimeoutMs: number;
  readonly #reconnectDelayMs: number;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #consumptions = new Set<Subscription>();
  readonly #jetstream: JetStreamClient;
  #manager: JetStreamManager | undefined;
  #connected = true;

  private constructor(connection: NatsConnection, options: NatsBusOptions) {
    this.#connection = connection;
    this.#logger = options.logger;
    this.#outages = new OutageLog(options.logger);
    this.#replicas = options.replicas ?? 1;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 5_000;
    this.#reconnectDelayMs = options.reconnectDelayMs ?? 250;
    this.#jetstream = jetstream(connection, { timeout: this.#requestTimeoutMs });
    void this.#watchConnection();
  }

  /**
   * Connects; throws ServiceError `unavailable` where the server can't be reached in time, `invalid` where it refuses the user. Both
   * name the setting, host and port.
   */
  static async connect(options: NatsBusOptions): Promise<NatsBus> {
    try {
      const url = new URL(options.url);
      const connection = await connect({
        servers: url.host,
        name: options.name,
        timeout: options.connectTimeoutMs ?? 5_000,
        maxReconnectAttempts: -1,
        // A stack for each request costs more than the request.
        noAsyncTraces: true,
        reconnectTimeWait: options.reconnectDelayMs ?? 250,
        reconnectJitter: options.reconnectDelayMs ?? 250,
        pingInterval: 10_000,
        maxPingOut: 2,
        ...(url.username === ''
          ? {}
          : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }),
        ...(url.protocol === 'tls:' ? { tls: {} } : {}),
      });
      return new NatsBus(connection, options);
    } catch (error) {
      const { code, reason } = connectProblem(error) ?? { code: 'unavailable', reason: 'it does not answer' };
      throw new ServiceError(
        code,
        `NATS at ${urlHostPort(options.url, 4222)} cannot be used: ${reason}. RINGDOWN_NATS_URL says where NATS is.`,
        { setting: 'RINGDOWN_NATS_URL' },
        error,
      );
    }
  }

  get connected(): boolean {
    return this.#connected;
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(subject: string, data: Uint8Array, headers: Readonly<Record<string, string>> = noHeaders): boolean {
    requireSubject(subject);
    // The client would queue without bound while it is away, and send what is stale by then.
    if (!this.#connected || this.#connection.isClosed()) return false;
    this.#connection.publish(subject, data, headerOptions(headers));
    return true;
  }

  subscribe(pattern: string, handler: (message: BusMessage) => void, options: SubscribeOptions = {}): Subscription {
    requireSubjectPattern(pattern);
    const subscription = this.#connection.subscribe(pattern, {
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      callback: (error, message) => {
        if (error !== null) {
          this.#logger.error('A subscription was refused', { subject: pattern, error });
          return;
        }
        try {
          handler({ subject: message.subject, data: message.data, headers: readHeaders(message.headers) });
        } catch (failure) {
          this.#logger.error('A subscriber failed on an event', { subject: message.subject, error: failure });
        }
      },
    });
    return {
      unsubscribe: () => subscription.unsubscribe(),
      drain: async () => {
        if (!subscription.isClosed()) await subscription.drain();
      },
    };
  }

  async flush(): Promise<void> {
    if (!this.#connected || this.#connection.isClosed()) throw new ServiceError('unavailable', 'NATS is not connected');
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('No answer in time')), this.#requestTimeoutMs);
    try {
      await Promise.race([this.#connection.flush(), late.promise]);
    } catch (error) {
      throw new ServiceError('unavailable', 'NATS did not confirm what was published', {}, error);
    } finally {
      clearTimeout(timer);
    }
  }

  async declareStream(stream: DurableStream): Promise<void> {
    const definition = {
      subjects: [...stream.subjects],
      num_replicas: this.#replicas,
      max_age: stream.maxAgeMs * nanosecondsPerMs,
      duplicate_window: Math.min(stream.duplicateWindowMs ?? 120_000, stream.maxAgeMs) * nanosecondsPerMs,
    };
    await this.#request(`declare the stream ${stream.name}`, async (manager) => {
      const known = await manager.streams.info(stream.name).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (known !== undefined) await manager.streams.update(stream.name, definition);
      else {
        await manager.streams.add({
          name: stream.name,
          retention: RetentionPolicy.Limits,
          storage: StorageType.File,
          ...definition,
        });
      }
    });
  }

  async durablePublish(
    subject: string,
    data: Uint8Array,
    options: { readonly id?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    requireSubject(subject);
    if (!this.#connected) throw new ServiceError('unavailable', 'NATS is not connected');
    try {
      await this.#jetstream.publish(subject, data, {
        ...(options.id === undefined ? {} : { msgID: options.id }),
        ...headerOptions(options.headers ?? noHeaders),
        retries: 1,
      });
    } catch (error) {
      throw new ServiceError('unavailable', `JetStream did not store ${subject}`, {}, error);
    }
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
    const consumption: Consumption = { messages: await this.#bind(consumer), stopped: false };
    const finished = this.#consume(consumption, consumer, handler);
    const unsubscribe = () => {
      this.#consumptions.delete(subscription);
      consumption.stopped = true;
      consumption.messages.stop();
    };
    const subscription: BatchSubscription = {
      unsubscribe,
      backlog: () =>
        this.#request(`look at the consumer ${consumer.name}`, async (manager) => {
          const { num_pending: waiting, num_ack_pending: taken } = await manager.consumers.info(
            consumer.stream,
            consumer.name,
          );
          return waiting + taken;
        }),
      drain: async () => {
        unsubscribe();
        await finished;
        // Once the server knows, it sends nothing more to where nobody listens; such an event would be late by ackTimeoutMs.
        if (this.#connected) await this.flush().catch(() => undefined);
      },
    };
    this.#consumptions.add(subscription);
    return subscription;
  }

  /**
   * Forgets how far a durable consumer has come: the next one of its name gets all events again that the stream still keeps. Whoever consumes has to
   * take them twice. Resolves also where there is no such consumer; throws ServiceError `unavailable` where JetStream can't be asked.
   */
  async forgetConsumer({ stream, name }: Pick<DurableConsumer, 'stream' | 'name'>): Promise<void> {
    await this.#request(`forget the consumer ${name} of ${stream}`, async (manager) => {
      await manager.consumers.delete(stream, name).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumptions].map((subscription) => subscription.drain()));
    if (this.#connection.isClosed()) return;
    if (this.#connected) await this.#connection.drain();
    else await this.#connection.close();
  }

  #bind(consumer: BatchConsumer): Promise<ConsumerMessages> {
    return this.#request(`consume ${consumer.stream}`, async (manager) => {
      await manager.consumers.add(consumer.stream, {
        durable_name: consumer.name,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: (consumer.ackTimeoutMs ?? 30_000) * nanosecondsPerMs,
        max_ack_pending: Math.max(256, 4 * consumer.maxMessages),
        ...(consumer.subject === undefined ? {} : { filter_subject: consumer.subject }),
      });
      const bound = await this.#jetstream.consumers.get(consumer.stream, consumer.name);
      return bound.consume({
        max_messages: Math.max(32, consumer.maxMessages),
        // What was asked of a node that dies with the question is asked anew after two of these.
        idle_heartbeat: 2_000,
        // How long a question stands; and how long the client waits until it tries again, where nobody has taken the dead node's place yet.
        expires: 4_000,
        abort_on_missing_resource: true,
      });
    });
  }

  /** Hands over events until it is stopped; where the server lost the consumer, it is made again. */
  async #consume(
    consumption: Consumption,
    consumer: BatchConsumer,
    handler: (messages: readonly DurableMessage[]) => Promise<void>,
  ): Promise<void> {
    const key = `${consumer.stream}/${consumer.name}`;
    while (!consumption.stopped) {
      try {
        await handOver({
          ...consumption,
          consumer,
          handler,
          isStopped: () => consumption.stopped,
          logger: this.#logger,
        });
        if (consumption.stopped || this.#connection.isClosed()) return;
      } catch (error) {
        this.#outages.failed(key, 'A durable consumer broke off', { error });
      }
      const rebound = await this.#bind(consumer).catch((error: unknown) => {
        this.#outages.failed(key, 'A durable consumer broke off', { error });
      });
      if (rebound === undefined) await pause(this.#reconnectDelayMs);
      else {
        consumption.messages = rebound;
        if (consumption.stopped) rebound.stop();
        this.#outages.healed(key, 'A durable consumer goes on');
      }
    }
  }

  async #request<Result>(what: string, request: (manager: JetStreamManager) => Promise<Result>): Promise<Result> {
    try {
      this.#manager ??= await jetstreamManager(this.#connection, { timeout: this.#requestTimeoutMs });
      return await request(this.#manager);
    } catch (error) {
      const code = isMissing(error) ? 'not-found' : 'unavailable';
      throw new ServiceError(code, `JetStream could not ${what}`, {}, error);
    }
  }

  async #watchConnection(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#changed(false);
      else if (status.type === 'reconnect') this.#changed(true);
    }
    this.#changed(false);
  }

  #changed(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (connected) this.#outages.healed('nats', 'NATS is connected again');
    else if (!this.#connection.isClosed()) this.#outages.failed('nats', 'NATS is not connected');
    for (const listener of this.#listeners) listener(connected);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 404;
}
