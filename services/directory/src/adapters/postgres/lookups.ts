import type { Postgres } from '@ringdown/platform';
import type { DomainName } from '../../domain/domain-name.js';
import type { SubscriberCredentials } from '../../domain/subscriber.js';
import type { Tenant } from '../../domain/tenant.js';
import type { TenantId } from '../../domain/tenant-id.js';
import type { Username } from '../../domain/username.js';
import type { Positioned, TenantDomain } from '../../ports/directory-store.js';
import { GatheredReads } from './gathered-reads.js';
import {
  type DomainRow,
  domainFrom,
  type Ha1Columns,
  ha1sFrom,
  type SubscriberTableRow,
  subscriberFrom,
  type TenantRow,
  tenantFrom,
} from './rows.js';
import { selectCredentials } from './selections.js';

interface SubscriberKey {
  readonly tenantId: TenantId;
  readonly username: Username;
}

export interface ResolvedDomain {
  readonly domain: TenantDomain;
  readonly tenant: Tenant;
}

/** One row for each key, found or not, in one snapshot with the last commit. bigint arrives as text. */
type Found<Row> = Row & { readonly found: boolean | null; readonly commit_position: string };

type TenantOfDomainRow = TenantRow & {
  readonly domain: DomainName;
  readonly domain_version: string;
  readonly canonical: boolean;
  readonly domain_created_at: Date;
  readonly domain_updated_at: Date;
};

const selectSubscribers = {
  name: 'subscribers-by-name',
  text: `
    select c.position as commit_position, found.*
    from directory.commits c
    cross join unnest($1::text[], $2::text[]) with ordinality as w (tenant_id, username, n)
    left join lateral (
      select true as found, wanted.* from (
        ${selectCredentials} where s.tenant_id = w.tenant_id and s.username = w.username
      ) wanted
    ) found on true
    order by w.n`,
};

const selectDomains = {
  name: 'domains-by-name',
  text: `
    select c.position as commit_position, found.*
    from directory.commits c
    cross join unnest($1::text[]) with ordinality as w (domain, n)
    left join lateral (
      select true as found, t.*, d.domain, d.domain = t.canonical_domain as canonical, d.version as domain_version,
        d.created_at as domain_created_at, d.updated_at as domain_updated_at
      from directory.domains d join directory.tenants t using (tenant_id) where d.domain = w.domain
    ) found on true
    order by w.n`,
};

const maxBatch = 500;
/** Two connections of the pool: while one read is answered the next is asked, and the rest of the pool is left to others. */
const lanes = 2;
const maxWaiting = 20_000;

/** The questions that every new phone and call asks, answered many at a time. */
export class Lookups {
  readonly #subscribers: GatheredReads<SubscriberKey, Positioned<SubscriberCredentials | undefined>>;
  readonly #domains: GatheredReads<DomainName, Positioned<ResolvedDomain | undefined>>;

  constructor(postgres: Pick<Postgres, 'query'>, overloaded: () => void) {
    const shared = { maxBatch, lanes, maxWaiting, overloaded };
    this.#subscribers = new GatheredReads({
      ...shared,
      // A line break can stand in neither.
      textOf: ({ tenantId, username }) => `${tenantId}\n${username}`,
      read: async (keys) => {
        const { rows } = await postgres.query<Found<SubscriberTableRow & Ha1Columns>>(selectSubscribers, [
          keys.map(({ tenantId }) => tenantId),
          keys.map(({ username }) => username),
        ]);
        return rows.map((row) => positioned(row, () => ({ subscriber: subscriberFrom(row), ha1s: ha1sFrom(row) })));
      },
    });
    this.#domains = new GatheredReads({
      ...shared,
      textOf: (domain) => domain,
      read: async (keys) => {
        const { rows } = await postgres.query<Found<TenantOfDomainRow>>(selectDomains, [keys]);
        return rows.map((row) => positioned(row, () => resolvedFrom(row)));
      },
    });
  }

  subscriber(tenantId: TenantId, username: Username): Promise<Positioned<SubscriberCredentials | undefined>> {
    return this.#subscribers.get({ tenantId, username });
  }

  domain(domain: DomainName): Promise<Positioned<ResolvedDomain | undefined>> {
    return this.#domains.get(domain);
  }
}

function positioned<Value>(row: Found<object>, value: () => Value): Positioned<Value | undefined> {
  return { value: row.found === null ? undefined : value(), position: Number(row.commit_position) };
}

function resolvedFrom(row: TenantOfDomainRow): ResolvedDomain {
  const written: DomainRow = {
    ...row,
    version: row.domain_version,
    created_at: row.domain_created_at,
    updated_at: row.domain_updated_at,
  };
  return { domain: domainFrom(written), tenant: tenantFrom(row) };
}
