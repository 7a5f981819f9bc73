import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { TenantId } from '@ringdown/platform/commands';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccountingDatabase, storeRecords } from '../../testing/stored-records.js';
import { PostgresRecordReader } from './postgres-record-reader.js';

const acme = 'acme' as TenantId;
const dayMs = 86_400_000;
const firstDay = Date.parse('2026-10-05T00:00:00Z');

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

function* nodes(plan: Plan): Generator<Plan> {
  yield plan;
  for (const inner of plan.Plans ?? []) yield* nodes(inner);
}

describe.each(testedPostgresVersions())('reading records on Postgres %s', { timeout: 30_000 }, (version) => {
  let server: TestPostgres;
  let postgres: Postgres;

  beforeAll(async () => {
    server = await startPostgres({ version });
    postgres = await openAccountingDatabase(await server.createDatabase());
    // Calls within one tenant, which are the most and are on both sides, and three from another's.
    for (let day = 0; day < 3; day += 1) {
      const startedAtMs = firstDay + day * dayMs;
      const globex = { tenantId: 'globex', identity: 'sip:zoe@globex.example', place: undefined };
      await storeRecords(postgres, [
        { callKey: `within-${day}`, startedAtMs },
        { callKey: `from-other-${day}`, startedAtMs: startedAtMs + 500, tenantId: 'globex', originating: globex },
      ]);
    }
    await postgres.query(
      `insert into accounting.call_records
       select (jsonb_populate_record(r, jsonb_build_object('call_key', r.call_key || '-' || n,
         'started_at', r.started_at + n * interval '1 second'))).*
       from accounting.call_records r, generate_series(1, 500) n where r.call_key like 'within-%'`,
    );
    await postgres.query('analyze accounting.call_records');
  }, 60_000);
  afterAll(async () => {
    await postgres?.close();
    await server?.stop();
  });

  /** What Postgres did for a question to a reader. */
  async function planOf(ask: (reader: PostgresRecordReader) => Promise<unknown>): Promise<readonly Plan[]> {
    const plans: Plan[] = [];
    const session: PostgresSession = {
      async query(statement, values) {
        const { rows } = await postgres.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `explain (analyze, format json) ${String(statement)}`,
          values,
        );
        plans.push(...nodes(rows[0]!['QUERY PLAN'][0]!.Plan));
        return postgres.query(statement, values);
      },
    };
    await ask(new PostgresRecordReader(session));
    expect(plans.length).toBeGreaterThan(0);
    return plans;
  }

  it.each([
    ['all days', { fromMs: firstDay, toMs: firstDay + 3 * dayMs }, undefined, 3],
    ['a day', { fromMs: firstDay + dayMs, toMs: firstDay + 2 * dayMs - 1 }, undefined, 1],
    ['where a page ended', { fromMs: firstDay }, { startedAtMs: firstDay + dayMs + 250_000, callKey: 'z' }, 2],
  ])('reads, of %s, no more than is shown', async (_what, filter, after, days) => {
    const plans = await planOf((reader) => reader.page(acme, filter, { limit: 20, after }));
    // The partitions of other days aren't looked at.
    expect(new Set(plans.flatMap((plan) => plan['Relation Name'] ?? [])).size).toBe(days);
    const scans = plans.filter((plan) => plan['Relation Name'] !== undefined);
    const read = scans.reduce((rows, plan) => rows + plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0), 0);
    // A page of either side, and one of the next day.
    expect(read).toBeLessThan(2 * 21 + 2 * days);
  });

  it('finds one by its key and by its Call-ID', async () => {
    for (const ask of [
      (reader: PostgresRecordReader) => reader.record(acme, 'within-1-77'),
      (reader: PostgresRecordReader) =>
        reader.byKeys([{ tenantId: 'acme', startedOn: '2026-10-06', callKey: 'within-1' }]),
    ]) {
      const plans = await planOf(ask);
      const removed = plans.reduce((rows, plan) => rows + (plan['Rows Removed by Filter'] ?? 0), 0);
      expect([removed, plans.some((plan) => plan['Node Type'] === 'Seq Scan')]).toEqual([0, false]);
    }
  });

  it('lists both sides of calls between tenants', async () => {
    const reader = new PostgresRecordReader(postgres);
    const { items } = await reader.page(acme, { fromMs: firstDay }, { limit: 4, after: undefined });
    expect(items.map(({ callKey }) => callKey)).toEqual(['within-0', 'from-other-0', 'within-0-1', 'within-0-2']);
    const theirs = await reader.page('globex' as TenantId, { fromMs: firstDay }, { limit: 9, after: undefined });
    expect(theirs.items.map(({ callKey }) => callKey)).toEqual(['from-other-0', 'from-other-1', 'from-other-2']);
  });
});
