import type { Outcome, Page, PageRequest } from '@ringdown/platform/commands';
import type { Change } from '../domain/change.js';
import type { Ha1Set } from '../domain/credentials.js';
import type { DomainName } from '../domain/domain-name.js';
import type { E164 } from '../domain/e164.js';
import type { AddressOfRecord } from '../domain/identity.js';
import type { Route, RouteDefinition } from '../domain/route.js';
import type { Subscriber, SubscriberCredentials } from '../domain/subscriber.js';
import type { Tenant, TenantDefinition, Written } from '../domain/tenant.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { Username } from '../domain/username.js';

/** A domain of a tenant; the canonical one stands in addresses of record, the others are aliases. */
export interface TenantDomain extends Written {
  readonly tenantId: TenantId;
  readonly domain: DomainName;
  readonly canonical: boolean;
}

/** A number of a tenant. Without a username the tenant's routes decide where it leads. */
export interface TenantNumber extends Written {
  readonly tenantId: TenantId;
  readonly e164: E164;
  readonly username: Username | undefined;
}

/** An answer and the last commit it reflects, read in one snapshot. */
export interface Positioned<T> {
  readonly value: T;
  readonly position: number;
}

/** What is stored for a subscriber, but for its hashes. */
export interface SubscriberRow {
  readonly displayName: string;
  readonly furtherIdentities: readonly AddressOfRecord[];
  readonly maxContactsPerAor: number | undefined;
  readonly maxConcurrentCalls: number | undefined;
  readonly enabled: boolean;
  readonly ha1s: Ha1Set;
}

/** A line of an import: a new subscriber, or new hashes for an existing one. */
export interface ImportedSubscriber {
  readonly username: Username;
  readonly ha1s: Ha1Set;
}

export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/**
 * One all-or-nothing write. It sees the last committed state, and no other writer comes in between. Each `save…` and `remove…`
 * gets the next position, which becomes the entity's version, and leaves its change in the outbox.
 */
export interface DirectoryTransaction {
  tenant(tenantId: TenantId): Promise<Tenant | undefined>;
  saveTenant(tenantId: TenantId, definition: TenantDefinition): Promise<Tenant>;
  /** Removes the tenant and everything that belongs to it. */
  removeTenant(tenantId: TenantId): Promise<void>;
  /** Whether the tenant has subscribers, numbers or routes. */
  hasContent(tenantId: TenantId): Promise<boolean>;

  domain(domain: DomainName): Promise<TenantDomain | undefined>;
  domains(tenantId: TenantId): Promise<readonly TenantDomain[]>;
  saveDomain(tenantId: TenantId, domain: DomainName): Promise<TenantDomain>;
  removeDomain(tenantId: TenantId, domain: DomainName): Promise<void>;

  number(e164: E164): Promise<TenantNumber | undefined>;
  numbersOf(tenantId: TenantId, username: Username): Promise<readonly E164[]>;
  saveNumber(tenantId: TenantId, e164: E164, username: Username | undefined): Promise<TenantNumber>;
  removeNumber(tenantId: TenantId, e164: E164): Promise<void>;

  subscriber(tenantId: TenantId, username: Username): Promise<SubscriberCredentials | undefined>;
  saveSubscriber(tenantId: TenantId, username: Username, row: SubscriberRow): Promise<Subscriber>;
  removeSubscriber(tenantId: TenantId, username: Username): Promise<void>;

  route(tenantId: TenantId, routeId: string): Promise<Route | undefined>;
  routes(tenantId: TenantId): Promise<readonly Route[]>;
  saveRoute(tenantId: TenantId, routeId: string, definition: RouteDefinition): Promise<Route>;
  removeRoute(tenantId: TenantId, routeId: string): Promise<void>;
}

/** The directory's tables. Every method rejects with `unavailable` when the database can't be reached. */
export interface DirectoryStore {
  /** Runs `work` as one transaction; an outcome that is a failure rolls it back, and so does a rejection. */
  transaction<T>(work: (transaction: DirectoryTransaction) => Promise<Outcome<T>>): Promise<Outcome<T>>;

  tenants(page: PageRequest): Promise<Page<Tenant>>;
  tenant(tenantId: TenantId): Promise<Positioned<Tenant | undefined>>;
  domains(tenantId: TenantId, page: PageRequest): Promise<Page<TenantDomain>>;
  domain(
    domain: DomainName,
  ): Promise<Positioned<{ readonly domain: TenantDomain; readonly tenant: Tenant } | undefined>>;
  numbers(tenantId: TenantId, page: PageRequest): Promise<Page<TenantNumber>>;
  number(e164: E164): Promise<Positioned<TenantNumber | undefined>>;
  subscribers(tenantId: TenantId, page: PageRequest): Promise<Page<Subscriber>>;
  subscriber(tenantId: TenantId, username: Username): Promise<Positioned<SubscriberCredentials | undefined>>;
  routePage(tenantId: TenantId, page: PageRequest): Promise<Page<Route>>;
  route(tenantId: TenantId, routeId: string): Promise<Route | undefined>;
  /** All routes of a tenant in the order of `compareBySpecificity`, and the version of the list. */
  routes(tenantId: TenantId): Promise<Positioned<{ readonly routes: readonly Route[]; readonly version: number }>>;

  /**
   * Writes all lines in one commit with one change: creates what is new, replaces the hashes of what exists and differs. `realm` is
   * what the hashes were made with; a tenant that has gone meanwhile, or was made anew with another one, is not found.
   */
  importSubscribers(
    tenantId: TenantId,
    realm: string,
    chunks: Iterable<readonly ImportedSubscriber[]>,
  ): Promise<Outcome<ImportCounts>>;

  /**
   * Changes after a position in the order of their commits, at most `limit`. `'pruned'`: the position is older than what is kept.
   */
  changesAfter(position: number, limit: number): Promise<readonly Change[] | 'pruned'>;
  /** The position of the last commit. */
  position(): Promise<number>;
}
