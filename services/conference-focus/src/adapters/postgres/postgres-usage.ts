import type { Postgres } from '@ringdown/platform';
import type { MonthUsage, UsageStore } from '../../ports/usage-store.js';

/** Minutes of membership in Postgres, table `conference.usage`. The month is that of Postgres's clock, in UTC. */
export class PostgresUsage implements UsageStore {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async add(memberMs: ReadonlyMap<string, number>): Promise<void> {
    await this.#postgres.query(
      `insert into conference.usage (tenant_id, month, member_ms)
       select tenant_id, date_trunc('month', now() at time zone 'UTC')::date, member_ms
       from unnest($1::text[], $2::bigint[]) as added (tenant_id, member_ms)
       order by tenant_id
       on conflict (tenant_id, month) do update set member_ms = usage.member_ms + excluded.member_ms`,
      [[...memberMs.keys()], [...memberMs.values()].map(Math.round)],
    );
  }

  async months(tenantId: string): Promise<readonly MonthUsage[]> {
    const { rows } = await this.#postgres.query<{ month: string; member_ms: string }>(
      `select to_char(month, 'YYYY-MM') as month, member_ms from conference.usage
       where tenant_id = $1 order by usage.month desc limit 12`,
      [tenantId],
    );
    return rows.map(({ month, member_ms }) => ({ month, memberMs: Number(member_ms) }));
  }

  async memberMinutesThisMonth(tenantId: string): Promise<number> {
    const { rows } = await this.#postgres.query<{ member_ms: string }>(
      `select member_ms from conference.usage
       where tenant_id = $1 and month = date_trunc('month', now() at time zone 'UTC')::date`,
      [tenantId],
    );
    return Math.floor(Number(rows[0]?.member_ms ?? 0) / 60_000);
  }
}
