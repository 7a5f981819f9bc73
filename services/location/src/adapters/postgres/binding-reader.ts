import { liveBindings } from '../../domain/binding.js';
import type { AddressSnapshot, RequestScope } from '../../ports/binding-store.js';
import { BatchQueue } from './batch-queue.js';
import { type AddressKey, type AddressRow, readAddresses, storedAddresses } from './binding-rows.js';
import type { PipelinedConnection } from './pipelined-connection.js';

const readClock = {
  name: 'read-clock',
  text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now',
};

/** A page of addresses of record that have bindings: $1 tenant, $2 the last of the page before, $3 how many. */
const listAddresses = {
  name: 'list-addresses',
  text: `
select distinct b.address_of_record from location.bindings b
where b.tenant_id = $1 and b.address_of_record > $2 and not b.removed and b.expires_at > clock_timestamp()
order by b.address_of_record limit $3::int`,
};

export interface BindingReaderOptions {
  readonly connection: PipelinedConnection;
  /** Addresses read together at most. */
  readonly maxBatch: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
}

/** Reads under way at once: while one is answered the next is asked. */
const lanes = 2;

interface Lookup extends AddressKey {
  /** No two are alike: lookups of one address need not wait for each other. */
  readonly ticket: number;
}

export interface BindingCount {
  readonly tenantId: string;
  readonly bindings: number;
  readonly suspended: number;
}

/** Reads bindings as they are committed. Lookups that come together are one statement. */
export class BindingReader {
  readonly #connection: PipelinedConnection;
  readonly #lookups: BatchQueue<Lookup, AddressSnapshot>;
  #tickets = 0;

  constructor(options: BindingReaderOptions) {
    this.#connection = options.connection;
    this.#lookups = new BatchQueue({
      keyOf: (lookup) => String(lookup.ticket),
      tenantOf: (lookup) => lookup.tenantId,
      run: (batch) => this.#read(batch),
      gatherMs: 0,
      maxBatch: options.maxBatch,
      lanes,
      maxQueued: options.maxQueued,
      // The rest is for the other tenants.
      maxQueuedByTenant: Math.ceil(options.maxQueued / 2),
      maxWaitMs: options.maxWaitMs,
      now: () => performance.now(),
    });
  }

  lookup(tenantId: string, addressOfRecord: string, scope: RequestScope = {}): Promise<AddressSnapshot> {
    const ticket = this.#tickets++;
    return this.#lookups.submit({ tenantId, addressOfRecord, ticket }, scope.timeoutMs);
  }

  async list(
    tenantId: string,
    after: string,
    limit: number,
  ): Promise<readonly (AddressSnapshot & { readonly addressOfRecord: string })[]> {
    const client = await this.#connection.client();
    try {
      const page = await client.query<{ address_of_record: string }>({
        ...listAddresses,
        values: [tenantId, after, limit],
      });
      const addresses = page.rows.map((row) => row.address_of_record);
      const snapshots = await this.#read(addresses.map((addressOfRecord) => ({ tenantId, addressOfRecord })));
      return snapshots.map((snapshot, i) => Object.assign(snapshot, { addressOfRecord: addresses[i] ?? '' }));
    } catch (error) {
      throw this.#connection.failed(client, error);
    }
  }

  /** How many bindings each tenant has, most first, and how many of them are suspended. Counts the rows. */
  async countByTenant(): Promise<readonly BindingCount[]> {
    const client = await this.#connection.client();
    try {
      const { rows } = await client.query<BindingCount>(
        `select tenant_id as "tenantId", count(*)::float8 as bindings, count(suspended_at)::float8 as suspended
         from location.bindings where not removed group by tenant_id order by bindings desc, tenant_id`,
      );
      return rows;
    } catch (error) {
      throw this.#connection.failed(client, error);
    }
  }

  /** Resolves when Postgres answers. */
  async ready(): Promise<void> {
    const client = await this.#connection.client();
    try {
      await client.query(readClock);
    } catch (error) {
      throw this.#connection.failed(client, error);
    }
  }

  async #read(keys: readonly AddressKey[]): Promise<AddressSnapshot[]> {
    if (keys.length === 0) return [];
    const client = await this.#connection.client();
    try {
      const [clock, read] = await Promise.all([
        client.query<{ now: number }>(readClock),
        client.query<AddressRow>({
          ...readAddresses,
          values: [keys.map((key) => key.tenantId), keys.map((key) => key.addressOfRecord)],
        }),
      ]);
      const nowMs = clock.rows[0]?.now;
      if (nowMs === undefined) throw new Error('Postgres did not say its time');
      return storedAddresses(read.rows, keys.length).map(({ version, state }) => ({
        version,
        bindings: liveBindings(state, nowMs),
        nowMs,
      }));
    } catch (error) {
      throw this.#connection.failed(client, error);
    }
  }
}
