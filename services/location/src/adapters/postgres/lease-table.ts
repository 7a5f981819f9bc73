import type pg from 'pg';
import {
  type FlowOwner,
  type FlowOwnerId,
  type LeaseState,
  type RenewCommand,
  type RenewOutcome,
  renew,
} from '../../domain/flow-owner.js';
import { type Judgement, judgeLeases, type LeaseTimes } from '../../domain/judge-leases.js';
import type { Leases } from '../../ports/leases.js';
import type { PipelinedConnection } from './pipelined-connection.js';

interface OwnerRow {
  readonly edge_id: string;
  readonly incarnation: string;
  readonly state: LeaseState;
  readonly state_since: number;
  readonly lease_until: number;
  readonly owns_pinholes: boolean;
}

const ownerColumns = `edge_id, incarnation, state, (extract(epoch from state_since) * 1000)::float8 as state_since,
  (extract(epoch from lease_until) * 1000)::float8 as lease_until, owns_pinholes`;

const readClock = { name: 'read-clock', text: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now' };

/** One life after another of one edge: nobody else renews for it meanwhile. */
const lockEdge = {
  name: 'lock-edge',
  text: `select pg_advisory_xact_lock(hashtext('ringdown.location.lease'), hashtext($1))`,
};

const readLives = {
  name: 'read-lives',
  text: `select ${ownerColumns} from location.flow_owners where edge_id = $1 order by incarnation for update`,
};

/** What hasn't ended, in the order in which all lock it. */
const readOwners = {
  name: 'read-owners',
  text: `select ${ownerColumns} from location.flow_owners where state <> 'ended' order by edge_id, incarnation for update`,
};

const writeOwners = {
  name: 'write-owners',
  text: `
insert into location.flow_owners as o (edge_id, incarnation, state, state_since, lease_until, owns_pinholes)
select w.edge_id, w.incarnation, w.state, to_timestamp(w.state_since / 1000), to_timestamp(w.lease_until / 1000), w.owns_pinholes
from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::bool[])
  as w (edge_id, incarnation, state, state_since, lease_until, owns_pinholes)
on conflict (edge_id, incarnation) do update set state = excluded.state, state_since = excluded.state_since,
  lease_until = excluded.lease_until, owns_pinholes = excluded.owns_pinholes`,
};

/** Nobody waits for who judges now. */
const lockClock = {
  name: 'lock-lease-clock',
  text: `select (extract(epoch from judged_at) * 1000)::float8 as judged_at, braked from location.lease_clock
for update skip locked`,
};

const setClock = {
  name: 'set-lease-clock',
  text: 'update location.lease_clock set judged_at = to_timestamp($1::float8 / 1000), braked = $2',
};

/**
 * Owners that have bindings which are not as they should be. Those of a lease that has ended are looked for a while longer: a REGISTER that
 * was under way may bind to it still.
 */
const readUnsettled = {
  name: 'read-unsettled-owners',
  text: `
select ${ownerColumns} from location.flow_owners o
where case o.state
  when 'live' then exists (
    select 1 from location.bindings b
    where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is not null)
  when 'suspended' then exists (
    select 1 from location.bindings b
    where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is null
      and (b.received_transport = 'UDP') = any (array[false, o.owns_pinholes]))
  else o.state_since > clock_timestamp() - interval '1 hour' and (
    exists (
      select 1 from location.bindings b
      where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is null
        and (b.received_transport = 'UDP') = any (array[false, o.owns_pinholes]))
    or exists (
      select 1 from location.bindings b
      where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is not null))
  end`,
};

/**
 * Lives that are long over. They are remembered for a week, so that a process which wakes up after so long is told that another has taken its
 * name; one that is silent (the brake keeps it) goes when nothing is bound to it.
 */
const forgetOwners = {
  name: 'forget-owners',
  text: `
delete from location.flow_owners o
where (o.state = 'ended' and o.state_since < clock_timestamp() - interval '7 days')
  or (o.lease_until < clock_timestamp() - interval '1 hour' and not exists (
    select 1 from location.bindings b
    where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is null)
  and not exists (
    select 1 from location.bindings b
    where b.edge_id = o.edge_id and b.incarnation = o.incarnation and not b.removed and b.suspended_at is not null)
  and o.state <> 'ended')`,
};

/** Leases as they are stored. Each transaction has the connection to itself. */
export class LeaseTable implements Leases {
  readonly #connection: PipelinedConnection;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: PipelinedConnection) {
    this.#connection = connection;
  }

  renew(command: RenewCommand): Promise<RenewOutcome> {
    return this.#transaction(async (client) => {
      const [lives, nowMs] = await livesOf(client, command.edgeId);
      const { outcome, owners } = renew(lives, command, nowMs);
      await commit(client, owners);
      return outcome;
    });
  }

  async end(owner: FlowOwnerId): Promise<void> {
    await this.#transaction(async (client) => {
      const [lives, nowMs] = await livesOf(client, owner.edgeId);
      const own = lives.find(({ incarnation }) => incarnation === owner.incarnation);
      await commit(client, own === undefined ? [] : [{ ...own, state: 'ended', stateSinceMs: nowMs }]);
    });
  }

  /** Judges all leases; undefined while another replica does. Returns what was found, and whether the brake was on before. */
  judge(times: LeaseTimes): Promise<(Judgement & { readonly wasBraked: boolean }) | undefined> {
    return this.#transaction(async (client) => {
      const [, clocks, read, time] = await Promise.all([
        begin(client),
        client.query<{ judged_at: number; braked: boolean }>(lockClock),
        client.query<OwnerRow>(readOwners),
        client.query<{ now: number }>(readClock),
      ]);
      const [clock] = clocks.rows;
      if (clock === undefined) {
        await client.query('rollback');
        return undefined;
      }
      const nowMs = timeOf(time.rows);
      const judgement = judgeLeases(
        read.rows.map(ownerOf),
        { judgedAtMs: clock.judged_at, braked: clock.braked },
        nowMs,
        times,
      );
      await Promise.all([
        client.query({ ...setClock, values: [nowMs, judgement.braked] }),
        commit(client, judgement.owners),
      ]);
      return { ...judgement, wasBraked: clock.braked };
    });
  }

  /** Owners whose bindings are still to be suspended, restored or removed. */
  async unsettled(): Promise<readonly FlowOwner[]> {
    const { rows } = await this.#alone((client) => client.query<OwnerRow>(readUnsettled));
    return rows.map(ownerOf);
  }

  async forget(): Promise<void> {
    await this.#alone((client) => client.query(forgetOwners));
  }

  #transaction<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    return this.#alone(async (client) => {
      try {
        return await work(client);
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    });
  }

  #alone<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const result = this.#last.then(async () => {
      const client = await this.#connection.client();
      try {
        return await work(client);
      } catch (error) {
        throw this.#connection.failed(client, error);
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** A word of life that a crash of Postgres loses comes again within a second, so it doesn't wait for the disk. */
async function begin(client: pg.Client): Promise<void> {
  await Promise.all([client.query('begin'), client.query('set local synchronous_commit = off')]);
}

async function livesOf(client: pg.Client, edgeId: string): Promise<readonly [readonly FlowOwner[], number]> {
  const [, , read, time] = await Promise.all([
    begin(client),
    client.query({ ...lockEdge, values: [edgeId] }),
    client.query<OwnerRow>({ ...readLives, values: [edgeId] }),
    client.query<{ now: number }>(readClock),
  ]);
  return [read.rows.map(ownerOf), timeOf(time.rows)];
}

async function commit(client: pg.Client, owners: readonly FlowOwner[]): Promise<void> {
  const column = (of: (owner: FlowOwner) => unknown): unknown[] => owners.map(of);
  const writing =
    owners.length === 0
      ? []
      : [
          client.query({
            ...writeOwners,
            values: [
              column((owner) => owner.edgeId),
              column((owner) => owner.incarnation),
              column((owner) => owner.state),
              column((owner) => owner.stateSinceMs),
              column((owner) => owner.leaseUntilMs),
              column((owner) => owner.ownsPinholes),
            ],
          }),
        ];
  await Promise.all([...writing, client.query('commit')]);
}

function ownerOf(row: OwnerRow): FlowOwner {
  return {
    edgeId: row.edge_id,
    incarnation: row.incarnation,
    state: row.state,
    stateSinceMs: row.state_since,
    leaseUntilMs: row.lease_until,
    ownsPinholes: row.owns_pinholes,
  };
}

function timeOf(rows: readonly { readonly now: number }[]): number {
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres did not say its time');
  return row.now;
}
