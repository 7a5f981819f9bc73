import type pg from 'pg';
import type { AddressChange, AddressState } from '../../domain/binding.js';
import { registrationStep } from '../../domain/registrations.js';
import { type AddressKey, type AddressRow, readAddresses, storedAddresses } from './binding-rows.js';
import { changeParameters, writeChanges } from './change-columns.js';
import { type DecidedChange, type RegistrationLimits, withinLimits } from './registration-limits.js';

/** An address of record that this transaction has locked. */
export interface LockedAddress {
  readonly key: AddressKey;
  /** Counted up under the lock: the version of what this transaction makes of the address. */
  readonly version: number;
  readonly state: AddressState;
}

/**
 * Counts up the versions of the addresses, $1 tenants and $2 addresses of record, and so locks their rows; missing ones are
 * made. The arrays are sorted, so that two replicas take their locks in one order and neither waits for the other in a circle.
 */
const lockAddresses = {
  name: 'lock-addresses',
  text: `
insert into location.addresses as a (tenant_id, address_of_record, version)
select w.tenant_id, w.address_of_record, 1
from unnest($1::text[], $2::text[]) with ordinality as w (tenant_id, address_of_record, n) order by w.n
on conflict (tenant_id, address_of_record) do update set version = a.version + 1`,
};

/** Which addresses of record something is due on. */
export interface Due {
  readonly name: string;
  /** A select of tenant_id and address_of_record from location.bindings. */
  readonly select: string;
  readonly values: readonly unknown[];
}

/** Locks the addresses that are due, passing over those that another transaction holds. */
const lockDueAddresses = ({ name, select, values }: Due) => ({
  name: `lock-${name}`,
  values: [...values],
  text: `
with due as (
  ${select}
), locked as (
  select a.tenant_id, a.address_of_record from location.addresses a
  where (a.tenant_id, a.address_of_record) in (select tenant_id, address_of_record from due)
  for update of a skip locked
)
update location.addresses a set version = a.version + 1 from locked l
where a.tenant_id = l.tenant_id and a.address_of_record = l.address_of_record
returning a.tenant_id, a.address_of_record`,
});

/** Postgres's time, after the locks were got: within one address of record it doesn't run behind what was stored before. */
const readClock = {
  name: 'read-clock',
  text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now',
};

/** The order in which addresses are locked. */
export function byAddress(a: AddressKey, b: AddressKey): number {
  if (a.tenantId !== b.tenantId) return a.tenantId < b.tenantId ? -1 : 1;
  return a.addressOfRecord < b.addressOfRecord ? -1 : a.addressOfRecord > b.addressOfRecord ? 1 : 0;
}

/** What one address is to become; undefined for nothing. */
export type Decide = (address: LockedAddress, index: number, nowMs: number) => AddressChange | undefined;

/**
 * One transaction over many addresses, sorted by `byAddress` and each once: locks them, reads them, asks `decide` for each and
 * writes all changes that `limits` leave; two exchanges with Postgres, and one more where a tenant with a limit gets another
 * registration. Resolved means committed; after an error nothing is known to be written.
 */
export async function changeAddresses(
  client: pg.Client,
  keys: readonly AddressKey[],
  decide: Decide,
  limits?: RegistrationLimits,
): Promise<void> {
  const tenants = keys.map((key) => key.tenantId);
  const addresses = keys.map((key) => key.addressOfRecord);
  await rollingBack(client, async () => {
    // Sent together: each statement sees what was committed before it began, so the reading one sees behind the locks.
    const [, , clock, read] = await Promise.all([
      client.query('begin'),
      client.query({ ...lockAddresses, values: [tenants, addresses] }),
      client.query<{ now: number }>(readClock),
      client.query<AddressRow>({ ...readAddresses, values: [tenants, addresses] }),
    ]);
    await settle(client, keys, clock.rows[0]?.now, read.rows, decide, limits);
  });
}

/** The same for addresses on which something is due. Returns how many it looked at: 0 when nothing is due, or other transactions hold all that is. */
export async function changeDueAddresses(client: pg.Client, due: Due, decide: Decide): Promise<number> {
  return rollingBack(client, async () => {
    const [, locked] = await Promise.all([
      client.query('begin'),
      client.query<{ tenant_id: string; address_of_record: string }>(lockDueAddresses(due)),
    ]);
    const keys = locked.rows.map((row) => ({ tenantId: row.tenant_id, addressOfRecord: row.address_of_record }));
    if (keys.length === 0) {
      await client.query('commit');
      return 0;
    }
    const [clock, read] = await Promise.all([
      client.query<{ now: number }>(readClock),
      client.query<AddressRow>({
        ...readAddresses,
        values: [keys.map((key) => key.tenantId), keys.map((key) => key.addressOfRecord)],
      }),
    ]);
    await settle(client, keys, clock.rows[0]?.now, read.rows, decide);
    return keys.length;
  });
}

async function settle(
  client: pg.Client,
  keys: readonly AddressKey[],
  nowMs: number | undefined,
  rows: readonly AddressRow[],
  decide: Decide,
  limits?: RegistrationLimits,
): Promise<void> {
  if (nowMs === undefined) throw new Error('Postgres did not say its time');
  const stored = storedAddresses(rows, keys.length);
  const decided: DecidedChange[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const address = stored[i];
    if (key === undefined || address === undefined) continue;
    const change = decide({ key, version: address.version, state: address.state }, i, nowMs);
    if (change === undefined) continue;
    decided.push({ key, version: address.version, change, step: registrationStep(address.state, change), index: i });
  }
  const changes = limits === undefined ? decided : await withinLimits(client, decided, limits);
  // Committed also without a change: the versions that were counted up may have been told to somebody.
  const writing = changes.length === 0 ? [] : [client.query({ ...writeChanges, values: changeParameters(changes) })];
  const results = await Promise.all([...writing, client.query('commit')]);
  const outcome = results.at(-1)?.command;
  if (outcome !== 'COMMIT') throw new Error(`Postgres answered COMMIT with ${String(outcome)}`);
}

async function rollingBack<Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
