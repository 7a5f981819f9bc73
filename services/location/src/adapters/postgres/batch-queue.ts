import { ServiceError } from '@ringdown/platform';

export interface BatchQueueOptions<Command, Result> {
  /** Commands of one key never run together, and run in the order in which they came. */
  readonly keyOf: (command: Command) => string;
  /** Who asks; one tenant gets at most a share of the queue. */
  readonly tenantOf: (command: Command) => string;
  /** Runs a batch; the results in the order of the commands. A result may be an error for that command alone. Throws for all. */
  readonly run: (batch: readonly Command[]) => Promise<readonly (Result | Error)[]>;
  /** How long the first command of an idle queue waits for company; 0 is until what has arrived already was read. */
  readonly gatherMs: number;
  readonly maxBatch: number;
  /** Batches under way at once. */
  readonly lanes: number;
  readonly maxQueued: number;
  readonly maxQueuedByTenant: number;
  /** A command that waited longer is not run any more. */
  readonly maxWaitMs: number;
  readonly now: () => number;
}

interface Entry<Command, Result> {
  readonly command: Command;
  readonly key: string;
  readonly tenant: string;
  readonly deadlineMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers commands of many callers into batches, each of which costs about what one command alone would. */
export class BatchQueue<Command, Result> {
  readonly #options: BatchQueueOptions<Command, Result>;
  /** By key, the commands that wait; the map's order is the queue's. A key under way isn't in here, but in `#behind`. */
  #ready = new Map<string, Entry<Command, Result>[]>();
  /** By key under way, the commands that wait for it. */
  readonly #behind = new Map<string, Entry<Command, Result>[]>();
  readonly #queuedByTenant = new Map<string, number>();
  #queued = 0;
  #running = 0;
  #stopGathering: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(options: BatchQueueOptions<Command, Result>) {
    this.#options = options;
  }

  /** Commands that wait. */
  get queued(): number {
    return this.#queued;
  }

  /** Rejects with ServiceError `resource-exhausted` where the queue is full, `deadline` where the command waited too long, or with what the batch failed with. */
  submit(command: Command, timeoutMs: number = Number.POSITIVE_INFINITY): Promise<Result> {
    const { keyOf, tenantOf, now, maxWaitMs, maxQueued, maxQueuedByTenant, gatherMs, maxBatch } = this.#options;
    const tenant = tenantOf(command);
    const queuedByTenant = this.#queuedByTenant.get(tenant) ?? 0;
    if (this.#queued >= maxQueued || queuedByTenant >= maxQueuedByTenant) {
      return Promise.reject(
        new ServiceError('resource-exhausted', 'location has too many requests waiting', { tenant }),
      );
    }
    this.#queued += 1;
    this.#queuedByTenant.set(tenant, queuedByTenant + 1);
    return new Promise((resolve, reject) => {
      const key = keyOf(command);
      const deadlineMs = now() + Math.min(maxWaitMs, timeoutMs);
      const entry = { command, key, tenant, deadlineMs, resolve, reject };
      const line = this.#behind.get(key) ?? this.#ready.get(key);
      if (line === undefined) this.#ready.set(key, [entry]);
      else line.push(entry);
      if (this.#running >= this.#options.lanes) return;
      if (this.#ready.size >= maxBatch) this.#start();
      else this.#gather(gatherMs);
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  async settled(): Promise<void> {
    while (this.#queued > 0 || this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #gather(gatherMs: number): void {
    if (this.#stopGathering !== undefined) return;
    if (gatherMs === 0) {
      const immediate = setImmediate(() => this.#start());
      this.#stopGathering = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => this.#start(), gatherMs);
      this.#stopGathering = () => clearTimeout(timer);
    }
  }

  #start(): void {
    this.#stopGathering?.();
    this.#stopGathering = undefined;
    while (this.#running < this.#options.lanes && this.#ready.size > 0) {
      const batch = this.#take();
      if (batch.length > 0) void this.#run(batch);
    }
    if (this.#queued > 0 || this.#running > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #take(): Entry<Command, Result>[] {
    const now = this.#options.now();
    const batch: Entry<Command, Result>[] = [];
    for (const [key, line] of this.#ready) {
      if (batch.length >= this.#options.maxBatch) break;
      this.#ready.delete(key);
      const entry = this.#nextInTime(line, now);
      if (entry === undefined) continue;
      batch.push(entry);
      this.#behind.set(key, line);
    }
    return batch;
  }

  #nextInTime(line: Entry<Command, Result>[], now: number): Entry<Command, Result> | undefined {
    for (let entry = line.shift(); entry !== undefined; entry = line.shift()) {
      this.#left(entry);
      if (entry.deadlineMs > now) return entry;
      entry.reject(new ServiceError('deadline', 'location did not get to the request in time'));
    }
    return undefined;
  }

  async #run(batch: readonly Entry<Command, Result>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.#options.run(batch.map((entry) => entry.command));
      batch.forEach((entry, i) => {
        const result = results[i];
        if (result instanceof Error) entry.reject(result);
        else entry.resolve(result as Result);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
      // What waits would find the same; its callers learn it now, while they can still do something else.
      if (error instanceof ServiceError && error.code === 'unavailable') this.#failAll(error);
    }
    this.#running -= 1;
    for (const { key } of batch) {
      const line = this.#behind.get(key);
      this.#behind.delete(key);
      if (line !== undefined && line.length > 0) this.#ready.set(key, line);
    }
    this.#start();
  }

  #failAll(error: ServiceError): void {
    for (const lines of [this.#ready, this.#behind]) {
      for (const line of lines.values()) {
        for (const entry of line.splice(0)) {
          this.#left(entry);
          entry.reject(error);
        }
      }
    }
    this.#ready.clear();
  }

  #left(entry: Entry<Command, Result>): void {
    this.#queued -= 1;
    const queuedByTenant = (this.#queuedByTenant.get(entry.tenant) ?? 1) - 1;
    if (queuedByTenant === 0) this.#queuedByTenant.delete(entry.tenant);
    else this.#queuedByTenant.set(entry.tenant, queuedByTenant);
  }
}
