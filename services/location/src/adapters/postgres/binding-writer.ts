import { classifyPostgresError, ServiceError } from '@ringdown/platform';
import type pg from 'pg';
import { type BindCommand, type BindDecision, bind } from '../../domain/bind.js';
import { type AddressChange, liveBindings } from '../../domain/binding.js';
import { type RemoveOwnerCommand, removeOwner } from '../../domain/remove-owner.js';
import { type UnbindCommand, unbind } from '../../domain/unbind.js';
import type { BindOutcome, RequestScope, UnbindOutcome } from '../../ports/binding-store.js';
import { byAddress, changeAddresses, type Decide, type LockedAddress } from './address-transaction.js';
import { BatchQueue } from './batch-queue.js';
import type { PipelinedConnection } from './pipelined-connection.js';

export type WriteCommand = BindCommand | UnbindCommand | RemoveOwnerCommand;
export type WriteOutcome = BindOutcome | UnbindOutcome;

/** Told about every batch. */
export interface BatchObserver {
  /** `started` and `ended` in milliseconds since 1970. */
  batch(batch: {
    readonly size: number;
    readonly startedMs: number;
    readonly endedMs: number;
    readonly error: unknown;
  }): void;
  /** Something was committed. */
  committed(): void;
}

export interface BindingWriterOptions {
  /** One connection for each batch under way at once. */
  readonly connections: readonly PipelinedConnection[];
  readonly observer: BatchObserver;
  readonly gatherMs: number;
  readonly maxBatch: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
}

/** What is lost of a moment when a clock is read in whole milliseconds. */
const clockStepMs = 1;

/** A deadlock or a serialisation failure is tried again this often. */
const maxAttempts = 5;

/** Commits changes of bindings in groups. */
export class BindingWriter {
  readonly #options: BindingWriterOptions;
  readonly #free: PipelinedConnection[];
  readonly #groups: BatchQueue<WriteCommand, WriteOutcome>;

  constructor(options: BindingWriterOptions) {
    this.#options = options;
    this.#free = [...options.connections];
    this.#groups = new BatchQueue({
      keyOf: (command) => `${command.tenantId}\n${command.addressOfRecord}`,
      tenantOf: (command) => command.tenantId,
      run: (batch) => this.#run(batch),
      gatherMs: options.gatherMs,
      maxBatch: options.maxBatch,
      lanes: options.connections.length,
      maxQueued: options.maxQueued,
      // The rest is for the other tenants.
      maxQueuedByTenant: Math.ceil(options.maxQueued / 2),
      maxWaitMs: options.maxWaitMs,
      now: () => performance.now(),
    });
  }

  /** Commands that wait for their batch. */
  get queued(): number {
    return this.#groups.queued;
  }

  async bind(command: BindCommand, scope: RequestScope = {}): Promise<BindOutcome> {
    const outcome = await this.#groups.submit(command, scope.timeoutMs);
    if (outcome.kind === 'unbound') throw new Error('a bind was answered as an unbind');
    return outcome;
  }

  async unbind(command: UnbindCommand, scope: RequestScope = {}): Promise<UnbindOutcome> {
    const outcome = await this.#groups.submit(command, scope.timeoutMs);
    if (outcome.kind !== 'unbound') throw new Error('an unbind was answered as a bind');
    return outcome;
  }

  async removeOwner(command: RemoveOwnerCommand): Promise<UnbindOutcome> {
    const outcome = await this.#groups.submit(command);
    if (outcome.kind !== 'unbound') throw new Error('a removal was answered as a bind');
    return outcome;
  }

  /** Resolves when all that was submitted has been answered. */
  settled(): Promise<void> {
    return this.#groups.settled();
  }

  async #run(batch: readonly WriteCommand[]): Promise<readonly (WriteOutcome | Error)[]> {
    const connection = this.#free.pop();
    if (connection === undefined) throw new Error('more batches than connections');
    try {
      return await this.#commit(connection, batch);
    } finally {
      this.#free.push(connection);
    }
  }

  async #commit(
    connection: PipelinedConnection,
    batch: readonly WriteCommand[],
  ): Promise<readonly (WriteOutcome | Error)[]> {
    const order = batch.map((_, i) => i).sort((a, b) => byAddress(at(batch, a), at(batch, b)));
    const sorted = order.map((i) => at(batch, i));
    for (let attempt = 1; ; attempt++) {
      const client = await connection.client();
      const startedMs = Date.now();
      try {
        const outcomes = await commitSorted(client, sorted);
        this.#options.observer.batch({ size: batch.length, startedMs, endedMs: Date.now(), error: undefined });
        this.#options.observer.committed();
        const results: WriteOutcome[] = [];
        order.forEach((original, i) => {
          results[original] = at(outcomes, i);
        });
        return results;
      } catch (error) {
        const failure = connection.failed(client, error);
        this.#options.observer.batch({ size: batch.length, startedMs, endedMs: Date.now(), error: failure });
        if (failure instanceof ServiceError) throw failure;
        if (classifyPostgresError(failure) === 'conflict' && attempt < maxAttempts) continue;
        return this.#isolate(connection, batch, failure);
      }
    }
  }

  /** Finds the command that a batch failed for by halving: it fails alone, the others are committed. */
  async #isolate(
    connection: PipelinedConnection,
    batch: readonly WriteCommand[],
    error: unknown,
  ): Promise<readonly (WriteOutcome | Error)[]> {
    if (batch.length === 1) return [refusal(error)];
    const middle = batch.length >> 1;
    const first = await this.#commit(connection, batch.slice(0, middle));
    return [...first, ...(await this.#commit(connection, batch.slice(middle)))];
  }
}

async function commitSorted(client: pg.Client, sorted: readonly WriteCommand[]): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  // Before Postgres reads its clock, so that news don't look older than they are: nothing that was bound before them may stay.
  const startedMs = performance.now();
  const decide: Decide = (address, i, nowMs) => {
    const command = at(sorted, i);
    if (command.kind === 'bind') {
      const decision = bind(address.state, command, nowMs);
      outcomes[i] = bindOutcome(decision, address, nowMs);
      return changeOf(decision);
    }
    const decision =
      command.kind === 'unbind'
        ? unbind(address.state, command, nowMs)
        : removeOwner(address.state, nowMs, Math.max(0, startedMs - command.learnedAtMs - clockStepMs));
    const removed = decision.kind === 'changed' ? decision.removed : 0;
    outcomes[i] = { kind: 'unbound', removed, version: address.version };
    return decision.kind === 'changed' ? decision : undefined;
  };
  await changeAddresses(client, sorted, decide, {
    maxRegistrations: (i) => {
      const command = at(sorted, i);
      return command.kind === 'bind' ? command.maxRegistrations : 0;
    },
    refused: (i, registrations) => {
      outcomes[i] = { kind: 'registrations-exhausted', registrations };
    },
  });
  return outcomes;
}

function changeOf(decision: BindDecision): AddressChange | undefined {
  return decision.kind === 'changed' ? decision : undefined;
}

function bindOutcome(decision: BindDecision, address: LockedAddress, nowMs: number): BindOutcome {
  const { version, state } = address;
  switch (decision.kind) {
    case 'changed':
      return { kind: 'bound', repeated: false, version, bindings: decision.bindings, nowMs };
    case 'repeated':
      return { kind: 'bound', repeated: true, version, bindings: liveBindings(state, nowMs), nowMs };
    default:
      return decision;
  }
}

function refusal(error: unknown): Error {
  if (classifyPostgresError(error) === 'invalid') {
    return new ServiceError('invalid', 'Postgres does not accept the values of the request', {}, error);
  }
  return error instanceof Error ? error : new Error(String(error));
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} among ${items.length}`);
  return item;
}
