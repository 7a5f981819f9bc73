import type { Binding, ChangeReason } from '../../domain/binding.js';
import type { ChangePage, CommittedChange } from '../../ports/change-feed.js';
import type { PipelinedConnection } from './pipelined-connection.js';

/**
 * One statement, so one snapshot: a change is seen with everything before it. $1 the last known position, $2 a tenant or ''
 * for all, $3 how many.
 */
const readChanges = {
  name: 'read-changes',
  text: `
select s.position::float8 as head, floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
  (select min(position) from location.changes)::float8 as oldest,
  c.position::float8 as position, c.tenant_id, c.address_of_record, c.version::float8 as version, c.reason, c.bindings
from location.change_stream s
left join lateral (
  select * from location.changes c
  where c.position > $1::bigint and ($2 = '' or c.tenant_id = $2)
  order by c.position limit $3::int
) c on true
order by c.position`,
};

interface ChangeRow {
  readonly head: number;
  readonly now: number;
  readonly oldest: number | null;
  readonly position: number | null;
  readonly tenant_id: string;
  readonly address_of_record: string;
  readonly version: number;
  readonly reason: ChangeReason;
  readonly bindings: readonly Binding[];
}

/** The leading publisher holds this advisory lock for as long as its connection lives. */
const leaderLock = 'select pg_try_advisory_lock(hashtext($1), hashtext($2)) as leads';
const leaderUnlock = 'select pg_advisory_unlock(hashtext($1), hashtext($2))';
const lockNames = ['ringdown.location', 'publisher'];

const pruneLimit = 5000;

/** Reads the outbox, which the transactions that change bindings write. */
export class ChangeLog {
  readonly #connection: PipelinedConnection;
  /** The connection on which leadership was won; it is lost with it. */
  #leading: object | undefined;

  constructor(connection: PipelinedConnection) {
    this.#connection = connection;
  }

  /**
   * The changes after a position, of one tenant or of all (''). 'lost' if changes after it are no longer kept, or if it is
   * ahead of the database, which then is another one.
   */
  async read(after: number, tenantId: string, limit: number): Promise<ChangePage | 'lost'> {
    return this.#run(async (client) => {
      const { rows } = await client.query<ChangeRow>({ ...readChanges, values: [after, tenantId, limit] });
      const [first] = rows;
      if (first === undefined) throw new Error('location.change_stream has no row');
      // Nothing before the oldest is kept; where nothing is kept, only the head's successor will be.
      const oldest = first.oldest ?? first.head + 1;
      if (after > first.head || after + 1 < oldest) return 'lost';
      const changes = rows.flatMap((row) => (row.position === null ? [] : [changeOf(row, row.position)]));
      return { changes, headPosition: first.head, nowMs: first.now };
    });
  }

  /** The last committed position. */
  async head(): Promise<number> {
    return this.#run(async (client) => {
      const { rows } = await client.query<{ position: number }>(
        'select position::float8 as position from location.change_stream',
      );
      return rows[0]?.position ?? 0;
    });
  }

  /** Whether this connection leads the publishers, having tried to win the lead if it didn't. */
  async lead(): Promise<boolean> {
    return this.#run(async (client) => {
      if (this.#leading === client) return true;
      const { rows } = await client.query<{ leads: boolean }>(leaderLock, lockNames);
      if (rows[0]?.leads === true) this.#leading = client;
      return this.#leading === client;
    });
  }

  /** Leaves the lead to another. */
  async resign(): Promise<void> {
    await this.#run(async (client) => {
      if (this.#leading !== client) return;
      this.#leading = undefined;
      await client.query(leaderUnlock, lockNames);
    });
  }

  /** Up to where changes were published, by whichever publisher. */
  async publishedPosition(): Promise<number> {
    return this.#run(async (client) => {
      const { rows } = await client.query<{ position: number }>(
        'select position::float8 as position from location.publication',
      );
      return rows[0]?.position ?? 0;
    });
  }

  /** Losing this in a crash has changes published twice, so it doesn't wait for the disk. */
  async markPublished(position: number): Promise<void> {
    await this.#run(async (client) => {
      await Promise.all([
        client.query('begin'),
        client.query('set local synchronous_commit = off'),
        client.query({
          name: 'mark-published',
          text: 'update location.publication set position = $1::bigint where position < $1::bigint',
          values: [position],
        }),
        client.query('commit'),
      ]);
    });
  }

  /** Removes published changes up to a position; returns how many it removed in one go, 0 when there are no more. */
  async prune(upTo: number): Promise<number> {
    return this.#run(async (client) => {
      const { rowCount } = await client.query(
        `delete from location.changes where position in (
           select position from location.changes
           where position <= least($1::bigint, (select position from location.publication)) order by position limit $2)`,
        [upTo, pruneLimit],
      );
      return rowCount ?? 0;
    });
  }

  async #run<Result>(
    work: (client: Awaited<ReturnType<PipelinedConnection['client']>>) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#connection.client();
    try {
      return await work(client);
    } catch (error) {
      throw this.#connection.failed(client, error);
    }
  }
}

function changeOf(row: ChangeRow, position: number): CommittedChange {
  return {
    position,
    tenantId: row.tenant_id,
    addressOfRecord: row.address_of_record,
    version: row.version,
    reason: row.reason,
    bindings: row.bindings,
  };
}
