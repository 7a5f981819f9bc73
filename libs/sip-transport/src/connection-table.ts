import type { Flow } from './flow.js';
import { sweepIntervalMs } from './liveness.js';
import type { StreamLimits } from './stream-limits.js';

/** A connection, as the table of its port sees it. */
export interface Connection extends Flow {
  /** Pings, or closes for silence, where that is due. */
  sweep(nowMs: number): void;
  /** Closes after what is queued has left, or after the linger time. */
  end(reason: string): void;
  /** Resolves when the socket is gone. */
  whenEnded(): Promise<void>;
}

/** A port's connections by flow id, and the one timer that looks after all of them. */
export class ConnectionTable<C extends Connection> {
  readonly #byId = new Map<number, C>();
  readonly #timer: NodeJS.Timeout;

  constructor(limits: StreamLimits) {
    this.#timer = setInterval(() => this.#sweep(), sweepIntervalMs(limits));
    this.#timer.unref();
  }

  get size(): number {
    return this.#byId.size;
  }

  add(connection: C): void {
    this.#byId.set(connection.id, connection);
  }

  delete(connection: C): void {
    this.#byId.delete(connection.id);
  }

  /** The connection with this id while it is open. */
  get(id: number): C | undefined {
    const connection = this.#byId.get(id);
    return connection?.closed === false ? connection : undefined;
  }

  *open(): Iterable<C> {
    for (const connection of this.#byId.values()) if (!connection.closed) yield connection;
  }

  /** Ends all of them; resolves when the last socket is gone. */
  async end(reason: string): Promise<void> {
    clearInterval(this.#timer);
    const ending = [...this.#byId.values()].map((connection) => connection.whenEnded());
    for (const connection of this.#byId.values()) connection.end(reason);
    await Promise.all(ending);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#byId.values()) if (!connection.closed) connection.sweep(nowMs);
  }
}
