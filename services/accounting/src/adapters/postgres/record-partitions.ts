import { type Postgres, quoteIdentifier } from '@ringdown/platform';

/** Any number, alike in every process: who changes the partitions holds this lock. */
const lockKey = 7_202_611;
const namePrefix = 'call_records_';

/** The partitions of the records, one for each UTC day, named `call_records_2026_11_22`. */
export class RecordPartitions {
  readonly #known = new Set<string>();

  constructor(private readonly postgres: Postgres) {}

  /** Makes the partitions of these days (`2026-11-22`) that are not there. */
  async ensure(days: ReadonlySet<string>): Promise<void> {
    const missing = [...days].filter((day) => !this.#known.has(day)).sort();
    if (missing.length === 0) return;
    await this.postgres.transaction(async (session) => {
      await session.query('select pg_advisory_xact_lock($1)', [lockKey]);
      const present = new Set(await daysOf(session));
      for (const day of missing.filter((each) => !present.has(each))) {
        const table = `accounting.${quoteIdentifier(nameOf(day))}`;
        // Attached, not created as one: that would wait for everybody who reads any of the records.
        await session.query(`create table ${table} (like accounting.call_records including all)`);
        await session.query(
          `alter table accounting.call_records attach partition ${table} for values from ('${day}') to ('${dayAfter(day)}')`,
        );
      }
    });
    for (const day of missing) this.#known.add(day);
  }

  /** Looks at what is there before it trusts in any partition again. */
  forget(): void {
    this.#known.clear();
  }

  /** Drops whole days before this one, with all that is in them. Returns those that it has dropped; none where another process is at it. */
  async dropBefore(day: string): Promise<readonly string[]> {
    const dropped = await this.postgres.transaction(async (session) => {
      const lock = await session.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [lockKey]);
      if (lock.rows[0]?.held !== true) return [];
      const old = (await daysOf(session)).filter((each) => each < day);
      for (const each of old) await session.query(`drop table accounting.${quoteIdentifier(nameOf(each))}`);
      if (old.length > 0) {
        await session.query('delete from accounting.completed_records where started_on < $1::date', [day]);
      }
      return old;
    });
    for (const each of dropped) this.#known.delete(each);
    return dropped;
  }
}

async function daysOf(session: Pick<Postgres, 'query'>): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'accounting.call_records'::regclass order by c.relname`,
  );
  return found.rows
    .filter(({ name }) => name.startsWith(namePrefix))
    .map(({ name }) => name.slice(namePrefix.length).replaceAll('_', '-'));
}

function nameOf(day: string): string {
  return `${namePrefix}${day.replaceAll('-', '_')}`;
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}
