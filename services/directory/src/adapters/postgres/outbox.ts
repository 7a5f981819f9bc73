import type { PostgresSession } from '@ringdown/platform';
import type { Change, ChangeSubject } from '../../domain/change.js';
import type { TenantId } from '../../domain/tenant-id.js';
import { changeFrom, type OutboxRow } from './rows.js';

/**
 * Makes this transaction the only writer until it ends. It must come before any row lock, so that two writers can't wait for each
 * other. Returns the position of the last commit.
 */
export async function lockCommits(session: PostgresSession): Promise<number> {
  const { rows } = await session.query<{ position: string }>('select position from directory.commits for update');
  return Number(rows[0]!.position);
}

/** Leaves a change in the outbox at the next position, which is returned: the version of what is being written. */
export function appendChange(session: PostgresSession, tenantId: TenantId, subject: ChangeSubject): Promise<number> {
  return appendChanges(session, tenantId, [subject]);
}

/** Leaves changes in the outbox, each at a position of its own. Returns the last of them. */
export async function appendChanges(
  session: PostgresSession,
  tenantId: TenantId,
  subjects: readonly ChangeSubject[],
): Promise<number> {
  const { rows } = await session.query<{ position: string }>(
    `with reached as (
       update directory.commits set position = position + cardinality($2::text[]) returning position
     ), added as (
       insert into directory.outbox (tenant_id, position, subject)
       select $1, reached.position - cardinality($2::text[]) + s.ordinal, s.subject::jsonb
       from reached, unnest($2::text[]) with ordinality as s (subject, ordinal)
     )
     select position from reached`,
    [tenantId, subjects.map((subject) => JSON.stringify(subject))],
  );
  return Number(rows[0]!.position);
}

/** Changes after a position, in the order of their commits; `'pruned'` when some of them are no longer kept. */
export async function changesAfter(
  session: PostgresSession,
  position: number,
  limit: number,
): Promise<readonly Change[] | 'pruned'> {
  // One statement, one snapshot: rows can't be pruned between the two questions.
  const { rows } = await session.query<{ pruned: string; changes: readonly OutboxRow[] | null }>(
    `select p.pruned,
       (select json_agg(o order by o.position)
        from (select tenant_id, position, subject from directory.outbox where position > $1 order by position limit $2) o) as changes
     from directory.outbox_progress p`,
    [position, limit],
  );
  const { pruned, changes } = rows[0]!;
  if (position < Number(pruned)) return 'pruned';
  return (changes ?? []).map(changeFrom);
}

/** Forgets changes that were published and are older than `keepSec`. */
export async function pruneOutbox(session: PostgresSession, keepSec: number): Promise<void> {
  await session.query(
    `with gone as (
       delete from directory.outbox o using directory.outbox_progress p
       where o.position <= p.published and o.written_at < now() - make_interval(secs => $1)
       returning o.position
     )
     update directory.outbox_progress set pruned = greatest(pruned, (select max(position) from gone))
     where exists (select from gone)`,
    [keepSec],
  );
}
