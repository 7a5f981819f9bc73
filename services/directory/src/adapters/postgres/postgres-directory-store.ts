import { type Postgres, type PostgresSession, ServiceError } from '@ringdown/platform';
import { done, notFound, type Outcome, type Page, type PageRequest } from '@ringdown/platform/commands';
import type { Change } from '../../domain/change.js';
import type { DomainName } from '../../domain/domain-name.js';
import type { E164 } from '../../domain/e164.js';
import { compareBySpecificity, type Route } from '../../domain/route.js';
import type { Subscriber, SubscriberCredentials } from '../../domain/subscriber.js';
import type { Tenant } from '../../domain/tenant.js';
import type { TenantId } from '../../domain/tenant-id.js';
import type { Username } from '../../domain/username.js';
import type {
  DirectoryStore,
  DirectoryTransaction,
  ImportCounts,
  ImportedSubscriber,
  Positioned,
  TenantDomain,
  TenantNumber,
} from '../../ports/directory-store.js';
import { PostgresDirectoryTransaction } from './directory-writes.js';
import { Lookups, type ResolvedDomain } from './lookups.js';
import { changesAfter, lockCommits } from './outbox.js';
import {
  type DomainRow,
  domainFrom,
  type NumberRow,
  numberFrom,
  type RouteRow,
  routeFrom,
  type SubscriberTableRow,
  subscriberFrom,
  type TenantRow,
  tenantFrom,
} from './rows.js';
import { selectDomain, selectSubscriber } from './selections.js';
import { mergeStagedSubscribers, stageSubscribers } from './subscriber-import.js';

/** Carries a failure out of a transaction, so that it is rolled back. */
class RolledBack extends Error {
  readonly outcome: Outcome<never>;

  constructor(outcome: Outcome<never>) {
    super('rolled back');
    this.outcome = outcome;
  }
}

export interface PostgresDirectoryStoreOptions {
  readonly postgres: Postgres;
  /** For imports, whose statements may take long. */
  readonly importPostgres: Postgres;
  /** Called after each commit that may have left changes in the outbox; the writer is answered when it resolves. */
  readonly committed: () => Promise<void>;
  /** Called for each lookup that is refused because too many wait. */
  readonly overloaded: () => void;
}

/** The directory in Postgres, schema `directory`. */
export class PostgresDirectoryStore implements DirectoryStore {
  readonly #postgres: Postgres;
  readonly #importPostgres: Postgres;
  readonly #committed: () => Promise<void>;
  readonly #lookups: Lookups;

  constructor(options: PostgresDirectoryStoreOptions) {
    this.#postgres = options.postgres;
    this.#importPostgres = options.importPostgres;
    this.#committed = options.committed;
    this.#lookups = new Lookups(options.postgres, options.overloaded);
  }

  transaction<T>(work: (transaction: DirectoryTransaction) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#write(this.#postgres, async (session) => {
      await lockCommits(session);
      return work(new PostgresDirectoryTransaction(session));
    });
  }

  importSubscribers(
    tenantId: TenantId,
    realm: string,
    chunks: Iterable<readonly ImportedSubscriber[]>,
  ): Promise<Outcome<ImportCounts>> {
    return this.#write(this.#importPostgres, async (session) => {
      await stageSubscribers(session, chunks);
      const counts = await mergeStagedSubscribers(session, tenantId, realm);
      return counts === undefined ? notFound(`there is no tenant ${tenantId} any more`) : done(counts);
    });
  }

  tenants(page: PageRequest): Promise<Page<Tenant>> {
    return this.#page(
      page,
      (row: TenantRow) => row.tenant_id,
      tenantFrom,
      'select * from directory.tenants',
      'true',
      [],
      'tenant_id',
    );
  }

  async tenant(tenantId: TenantId): Promise<Positioned<Tenant | undefined>> {
    const { row, position } = await this.#one<TenantRow>('select * from directory.tenants where tenant_id = $1', [
      tenantId,
    ]);
    return { value: row && tenantFrom(row), position };
  }

  domains(tenantId: TenantId, page: PageRequest): Promise<Page<TenantDomain>> {
    return this.#page(
      page,
      (row: DomainRow) => row.domain,
      domainFrom,
      selectDomain,
      'd.tenant_id = $3',
      [tenantId],
      'd.domain',
    );
  }

  domain(domain: DomainName): Promise<Positioned<ResolvedDomain | undefined>> {
    return this.#lookups.domain(domain);
  }

  numbers(tenantId: TenantId, page: PageRequest): Promise<Page<TenantNumber>> {
    return this.#page(
      page,
      (row: NumberRow) => row.e164,
      numberFrom,
      'select * from directory.numbers',
      'tenant_id = $3',
      [tenantId],
      'e164',
    );
  }

  async number(e164: E164): Promise<Positioned<TenantNumber | undefined>> {
    const { row, position } = await this.#one<NumberRow>('select * from directory.numbers where e164 = $1', [e164]);
    return { value: row && numberFrom(row), position };
  }

  subscribers(tenantId: TenantId, page: PageRequest): Promise<Page<Subscriber>> {
    return this.#page(
      page,
      (row: SubscriberTableRow) => row.username,
      subscriberFrom,
      selectSubscriber,
      's.tenant_id = $3',
      [tenantId],
      's.username',
    );
  }

  subscriber(tenantId: TenantId, username: Username): Promise<Positioned<SubscriberCredentials | undefined>> {
    return this.#lookups.subscriber(tenantId, username);
  }

  routePage(tenantId: TenantId, page: PageRequest): Promise<Page<Route>> {
    return this.#page(
      page,
      (row: RouteRow) => row.route_id,
      routeFrom,
      'select * from directory.routes',
      'tenant_id = $3',
      [tenantId],
      'route_id',
    );
  }

  async route(tenantId: TenantId, routeId: string): Promise<Route | undefined> {
    const { rows } = await this.#postgres.query<RouteRow>(
      'select * from directory.routes where tenant_id = $1 and route_id = $2',
      [tenantId, routeId],
    );
    return rows[0] && routeFrom(rows[0]);
  }

  async routes(
    tenantId: TenantId,
  ): Promise<Positioned<{ readonly routes: readonly Route[]; readonly version: number }>> {
    // One statement, one snapshot. An outer join: the list's version is there without any route.
    const { rows } = await this.#postgres.query<RouteRow & { routes_version: string | null; position: string }>(
      `select r.*, t.routes_version, c.position
       from directory.commits c
       left join directory.tenants t on t.tenant_id = $1
       left join directory.routes r on r.tenant_id = t.tenant_id`,
      [tenantId],
    );
    const { routes_version, position } = rows[0]!;
    const routes = rows.filter(({ route_id }) => route_id !== null).map(routeFrom);
    routes.sort((a, b) => compareBySpecificity(a.match, b.match));
    return { value: { routes, version: Number(routes_version ?? 0) }, position: Number(position) };
  }

  changesAfter(position: number, limit: number): Promise<readonly Change[] | 'pruned'> {
    return changesAfter(this.#postgres, position, limit);
  }

  async position(): Promise<number> {
    const { rows } = await this.#postgres.query<{ position: string }>('select position from directory.commits');
    return Number(rows[0]!.position);
  }

  async #write<T>(postgres: Postgres, work: (session: PostgresSession) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    try {
      const outcome = await postgres.transaction(async (session) => {
        const result = await work(session);
        if (!result.ok) throw new RolledBack(result);
        return result;
      });
      await this.#committed();
      return outcome;
    } catch (error) {
      if (error instanceof RolledBack) return error.outcome;
      // SQLSTATE 55P03: the lock on the commits wasn't to be had in time.
      if (error instanceof Error && 'code' in error && error.code === '55P03') {
        throw new ServiceError('unavailable', 'The directory is busy with other writes', {}, error);
      }
      throw error;
    }
  }

  /** One row of `select`, or none, and the last commit that the answer reflects: one statement, one snapshot. */
  async #one<Row extends object>(
    select: string,
    values: readonly unknown[],
  ): Promise<{ readonly row: Row | undefined; readonly position: number }> {
    const { rows } = await this.#postgres.query<Row & { found: boolean | null; commit_position: string }>(
      `select found.*, commits.position as commit_position
       from directory.commits commits left join (select true as found, wanted.* from (${select}) wanted) found on true`,
      values,
    );
    const row = rows[0]!;
    return { row: row.found === null ? undefined : row, position: Number(row.commit_position) };
  }

  async #page<Row extends object, T>(
    page: PageRequest,
    keyOf: (row: Row) => string,
    itemFrom: (row: Row) => T,
    select: string,
    where: string,
    values: readonly unknown[],
    key: string,
  ): Promise<Page<T>> {
    const { rows } = await this.#postgres.query<Row>(
      `${select} where ${where} and ($1::text is null or ${key} > $1 collate "C") order by ${key} limit $2`,
      // One row more tells whether there is a next page.
      [page.after ?? null, page.limit + 1, ...values],
    );
    const items = rows.slice(0, page.limit);
    return { items: items.map(itemFrom), next: rows.length > page.limit ? keyOf(items.at(-1)!) : undefined };
  }
}
