import type { PostgresSession } from '@ringdown/platform';
import type { TenantId } from '../../domain/tenant-id.js';
import type { ImportCounts, ImportedSubscriber } from '../../ports/directory-store.js';
import { appendChange, lockCommits } from './outbox.js';

/**
 * Loads the lines beside the table, which takes long and locks nothing. Other writers wait for `mergeStagedSubscribers` only.
 */
export async function stageSubscribers(
  session: PostgresSession,
  chunks: Iterable<readonly ImportedSubscriber[]>,
): Promise<void> {
  await session.query(
    `create temporary table staged (
       username text collate "C" not null, ha1_md5 bytea not null, ha1_sha256 bytea not null, ha1_sha512_256 bytea not null
     ) on commit drop`,
  );
  for (const chunk of chunks) {
    await session.query(
      `insert into staged
       select u, decode(m, 'hex'), decode(s, 'hex'), decode(t, 'hex')
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as line (u, m, s, t)`,
      [
        chunk.map(({ username }) => username),
        chunk.map(({ ha1s }) => ha1s.md5),
        chunk.map(({ ha1s }) => ha1s.sha256),
        chunk.map(({ ha1s }) => ha1s.sha512256),
      ],
    );
  }
  await session.query('analyze staged');
}

/**
 * Writes the staged lines and one change for all of them. Returns undefined when the tenant has gone or its realm isn't the one
 * that the hashes were made with. When every line is stored already, nothing is written and no change is told.
 */
export async function mergeStagedSubscribers(
  session: PostgresSession,
  tenantId: TenantId,
  realm: string,
): Promise<ImportCounts | undefined> {
  const before = await lockCommits(session);
  const tenant = await session.query('select from directory.tenants where tenant_id = $1 and realm = $2', [
    tenantId,
    realm,
  ]);
  if (tenant.count === 0) return undefined;
  // Under the lock the next position is known; it is taken below if anything was written.
  const { rows } = await session.query<{ staged: string; created: string; written: string }>(
    `with merged as (
       insert into directory.subscribers as s (tenant_id, username, ha1_md5, ha1_sha256, ha1_sha512_256, version)
       select $1, username, ha1_md5, ha1_sha256, ha1_sha512_256, $2 from staged order by username
       on conflict (tenant_id, username) do update set
         ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256, ha1_sha512_256 = excluded.ha1_sha512_256,
         version = excluded.version, updated_at = now()
       where (s.ha1_md5, s.ha1_sha256, s.ha1_sha512_256)
         is distinct from (excluded.ha1_md5, excluded.ha1_sha256, excluded.ha1_sha512_256)
       -- A row that this statement inserted has no deleting transaction yet.
       returning s.xmax = 0 as created
     )
     select (select count(*) from staged) as staged, count(*) filter (where created) as created, count(*) as written from merged`,
    [tenantId, before + 1],
  );
  const staged = Number(rows[0]!.staged);
  const created = Number(rows[0]!.created);
  const written = Number(rows[0]!.written);
  if (written > 0) await appendChange(session, tenantId, { kind: 'subscribers', count: written });
  return { created, updated: written - created, unchanged: staged - written };
}
