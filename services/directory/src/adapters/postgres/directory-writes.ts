import type { PostgresSession } from '@ringdown/platform';
import type { ChangeSubject } from '../../domain/change.js';
import type { DomainName } from '../../domain/domain-name.js';
import type { E164 } from '../../domain/e164.js';
import type { Route, RouteDefinition } from '../../domain/route.js';
import type { Subscriber, SubscriberCredentials } from '../../domain/subscriber.js';
import type { Tenant, TenantDefinition } from '../../domain/tenant.js';
import type { TenantId } from '../../domain/tenant-id.js';
import type { Username } from '../../domain/username.js';
import type { DirectoryTransaction, SubscriberRow, TenantDomain, TenantNumber } from '../../ports/directory-store.js';
import { appendChange, appendChanges } from './outbox.js';
import {
  type DomainRow,
  domainFrom,
  type Ha1Columns,
  ha1sFrom,
  type NumberRow,
  numberFrom,
  type RouteRow,
  routeFrom,
  type SubscriberTableRow,
  subscriberFrom,
  type TenantRow,
  tenantFrom,
} from './rows.js';
import { selectCredentials, selectDomain, selectSubscriber } from './selections.js';

/** The writes of one transaction on one connection; whoever makes it has locked the commits and ends it. */
export class PostgresDirectoryTransaction implements DirectoryTransaction {
  readonly #session: PostgresSession;

  constructor(session: PostgresSession) {
    this.#session = session;
  }

  async tenant(tenantId: TenantId): Promise<Tenant | undefined> {
    const row = await this.#one<TenantRow>('select * from directory.tenants where tenant_id = $1', [tenantId]);
    return row && tenantFrom(row);
  }

  async saveTenant(tenantId: TenantId, definition: TenantDefinition): Promise<Tenant> {
    const version = await appendChange(this.#session, tenantId, { kind: 'tenant', removed: false });
    const { limits, policies } = definition;
    const row = await this.#one<TenantRow>(
      `insert into directory.tenants (
         tenant_id, version, display_name, canonical_domain, realm, digest_algorithms,
         max_contacts_per_aor, min_expires_sec, max_expires_sec, default_expires_sec,
         max_registrations, max_concurrent_calls, max_calls_per_sec, fork_mode, recurse_on_redirect, redirect_mode, enabled,
         max_registrations_per_sec, service_route, media_relay,
         max_conferences, max_conference_members, max_conference_minutes_per_month, conference_srtp_required)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
       on conflict (tenant_id) do update set
         version = excluded.version, display_name = excluded.display_name, canonical_domain = excluded.canonical_domain,
         realm = excluded.realm, digest_algorithms = excluded.digest_algorithms,
         max_contacts_per_aor = excluded.max_contacts_per_aor, min_expires_sec = excluded.min_expires_sec,
         max_expires_sec = excluded.max_expires_sec, default_expires_sec = excluded.default_expires_sec,
         max_registrations = excluded.max_registrations, max_concurrent_calls = excluded.max_concurrent_calls,
         max_calls_per_sec = excluded.max_calls_per_sec, fork_mode = excluded.fork_mode,
         recurse_on_redirect = excluded.recurse_on_redirect, redirect_mode = excluded.redirect_mode,
         enabled = excluded.enabled, max_registrations_per_sec = excluded.max_registrations_per_sec,
         service_route = excluded.service_route, media_relay = excluded.media_relay,
         max_conferences = excluded.max_conferences, max_conference_members = excluded.max_conference_members,
         max_conference_minutes_per_month = excluded.max_conference_minutes_per_month,
         conference_srtp_required = excluded.conference_srtp_required, updated_at = now()
       returning *`,
      [
        tenantId,
        version,
        definition.displayName,
        definition.canonicalDomain,
        definition.realm,
        definition.digestAlgorithms,
        limits.maxContactsPerAor,
        limits.minExpiresSec,
        limits.maxExpiresSec,
        limits.defaultExpiresSec,
        limits.maxRegistrations,
        limits.maxConcurrentCalls,
        limits.maxCallsPerSec,
        policies.forkMode,
        policies.recurseOnRedirect,
        policies.redirectMode,
        definition.enabled,
        limits.maxRegistrationsPerSec,
        policies.serviceRoute,
        policies.mediaRelay,
        limits.maxConferences,
        limits.maxConferenceMembers,
        limits.maxConferenceMinutesPerMonth,
        policies.conferenceSrtpRequired,
      ],
    );
    return tenantFrom(row!);
  }

  async removeTenant(tenantId: TenantId): Promise<void> {
    const domains = await this.domains(tenantId);
    const numbers = await this.#session.query<{ e164: E164 }>(
      'select e164 from directory.numbers where tenant_id = $1 order by e164',
      [tenantId],
    );
    await this.#session.query('delete from directory.tenants where tenant_id = $1', [tenantId]);
    await appendChanges(this.#session, tenantId, [
      ...domains.map(({ domain }): ChangeSubject => ({ kind: 'domain', domain, removed: true })),
      ...numbers.rows.map(({ e164 }): ChangeSubject => ({ kind: 'number', e164, removed: true })),
      { kind: 'tenant', removed: true },
    ]);
  }

  async hasContent(tenantId: TenantId): Promise<boolean> {
    const row = await this.#one<{ content: boolean }>(
      `select exists (select from directory.subscribers where tenant_id = $1)
         or exists (select from directory.numbers where tenant_id = $1)
         or exists (select from directory.routes where tenant_id = $1) as content`,
      [tenantId],
    );
    return row!.content;
  }

  async domain(domain: DomainName): Promise<TenantDomain | undefined> {
    const row = await this.#one<DomainRow>(`${selectDomain} where d.domain = $1`, [domain]);
    return row && domainFrom(row);
  }

  async domains(tenantId: TenantId): Promise<readonly TenantDomain[]> {
    const { rows } = await this.#session.query<DomainRow>(`${selectDomain} where d.tenant_id = $1 order by d.domain`, [
      tenantId,
    ]);
    return rows.map(domainFrom);
  }

  async saveDomain(tenantId: TenantId, domain: DomainName): Promise<TenantDomain> {
    const version = await appendChange(this.#session, tenantId, { kind: 'domain', domain, removed: false });
    await this.#session.query('insert into directory.domains (domain, tenant_id, version) values ($1, $2, $3)', [
      domain,
      tenantId,
      version,
    ]);
    return (await this.domain(domain))!;
  }

  async removeDomain(tenantId: TenantId, domain: DomainName): Promise<void> {
    await this.#session.query('delete from directory.domains where tenant_id = $1 and domain = $2', [tenantId, domain]);
    await appendChange(this.#session, tenantId, { kind: 'domain', domain, removed: true });
  }

  async number(e164: E164): Promise<TenantNumber | undefined> {
    const row = await this.#one<NumberRow>('select * from directory.numbers where e164 = $1', [e164]);
    return row && numberFrom(row);
  }

  async numbersOf(tenantId: TenantId, username: Username): Promise<readonly E164[]> {
    const { rows } = await this.#session.query<{ e164: E164 }>(
      'select e164 from directory.numbers where tenant_id = $1 and username = $2 order by e164',
      [tenantId, username],
    );
    return rows.map(({ e164 }) => e164);
  }

  async saveNumber(tenantId: TenantId, e164: E164, username: Username | undefined): Promise<TenantNumber> {
    const version = await appendChange(this.#session, tenantId, { kind: 'number', e164, removed: false });
    const row = await this.#one<NumberRow>(
      `insert into directory.numbers (e164, tenant_id, username, version) values ($1, $2, $3, $4)
       on conflict (e164) do update set username = excluded.username, version = excluded.version, updated_at = now()
       returning *`,
      [e164, tenantId, username, version],
    );
    return numberFrom(row!);
  }

  async removeNumber(tenantId: TenantId, e164: E164): Promise<void> {
    await this.#session.query('delete from directory.numbers where tenant_id = $1 and e164 = $2', [tenantId, e164]);
    await appendChange(this.#session, tenantId, { kind: 'number', e164, removed: true });
  }

  async subscriber(tenantId: TenantId, username: Username): Promise<SubscriberCredentials | undefined> {
    const row = await this.#one<SubscriberTableRow & Ha1Columns>(
      `${selectCredentials} where s.tenant_id = $1 and s.username = $2`,
      [tenantId, username],
    );
    return row && { subscriber: subscriberFrom(row), ha1s: ha1sFrom(row) };
  }

  async saveSubscriber(tenantId: TenantId, username: Username, row: SubscriberRow): Promise<Subscriber> {
    const before = await this.#identitiesOf(tenantId, username);
    const kept = new Set<string>(row.furtherIdentities);
    // The first is the subscriber's own, which stays.
    const lost = before.slice(1).filter((identity) => !kept.has(identity));
    const version = await appendChange(this.#session, tenantId, subscriberChange(username, false, lost));
    await this.#session.query(
      `insert into directory.subscribers (
         tenant_id, username, version, display_name, ha1_md5, ha1_sha256, ha1_sha512_256,
         max_contacts_per_aor, max_concurrent_calls, enabled)
       values ($1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'), decode($7, 'hex'), $8, $9, $10)
       on conflict (tenant_id, username) do update set
         version = excluded.version, display_name = excluded.display_name, ha1_md5 = excluded.ha1_md5,
         ha1_sha256 = excluded.ha1_sha256, ha1_sha512_256 = excluded.ha1_sha512_256,
         max_contacts_per_aor = excluded.max_contacts_per_aor, max_concurrent_calls = excluded.max_concurrent_calls,
         enabled = excluded.enabled, updated_at = now()`,
      [
        tenantId,
        username,
        version,
        row.displayName,
        row.ha1s.md5,
        row.ha1s.sha256,
        row.ha1s.sha512256,
        row.maxContactsPerAor,
        row.maxConcurrentCalls,
        row.enabled,
      ],
    );
    await this.#session.query('delete from directory.identities where tenant_id = $1 and username = $2', [
      tenantId,
      username,
    ]);
    await this.#session.query(
      `insert into directory.identities (tenant_id, username, address_of_record)
       select $1, $2, unnest($3::text[])`,
      [tenantId, username, row.furtherIdentities],
    );
    const saved = await this.#one<SubscriberTableRow>(
      `${selectSubscriber} where s.tenant_id = $1 and s.username = $2`,
      [tenantId, username],
    );
    return subscriberFrom(saved!);
  }

  async removeSubscriber(tenantId: TenantId, username: Username): Promise<void> {
    const lost = await this.#identitiesOf(tenantId, username);
    await this.#session.query('delete from directory.subscribers where tenant_id = $1 and username = $2', [
      tenantId,
      username,
    ]);
    await appendChange(this.#session, tenantId, subscriberChange(username, true, lost));
  }

  /** The subscriber's addresses of record, its own first; none if there is no such subscriber. */
  async #identitiesOf(tenantId: TenantId, username: Username): Promise<readonly string[]> {
    const row = await this.#one<SubscriberTableRow>(`${selectSubscriber} where s.tenant_id = $1 and s.username = $2`, [
      tenantId,
      username,
    ]);
    return row === undefined ? [] : subscriberFrom(row).identities;
  }

  async route(tenantId: TenantId, routeId: string): Promise<Route | undefined> {
    const row = await this.#one<RouteRow>('select * from directory.routes where tenant_id = $1 and route_id = $2', [
      tenantId,
      routeId,
    ]);
    return row && routeFrom(row);
  }

  async routes(tenantId: TenantId): Promise<readonly Route[]> {
    const { rows } = await this.#session.query<RouteRow>(
      'select * from directory.routes where tenant_id = $1 order by route_id',
      [tenantId],
    );
    return rows.map(routeFrom);
  }

  async saveRoute(tenantId: TenantId, routeId: string, definition: RouteDefinition): Promise<Route> {
    const version = await this.#routesChanged(tenantId, routeId, false);
    const { match, action, trustClass } = definition;
    const row = await this.#one<RouteRow>(
      `insert into directory.routes (tenant_id, route_id, match_kind, match_value, action, trust_class, version)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant_id, route_id) do update set
         match_kind = excluded.match_kind, match_value = excluded.match_value, action = excluded.action,
         trust_class = excluded.trust_class, version = excluded.version, updated_at = now()
       returning *`,
      [
        tenantId,
        routeId,
        match.kind,
        match.kind === 'domain' ? match.domain : match.numberPrefix,
        JSON.stringify(action),
        trustClass,
        version,
      ],
    );
    return routeFrom(row!);
  }

  async removeRoute(tenantId: TenantId, routeId: string): Promise<void> {
    await this.#routesChanged(tenantId, routeId, true);
    await this.#session.query('delete from directory.routes where tenant_id = $1 and route_id = $2', [
      tenantId,
      routeId,
    ]);
  }

  async #routesChanged(tenantId: TenantId, routeId: string, removed: boolean): Promise<number> {
    const version = await appendChange(this.#session, tenantId, { kind: 'routes', routeId, removed });
    await this.#session.query('update directory.tenants set routes_version = $2 where tenant_id = $1', [
      tenantId,
      version,
    ]);
    return version;
  }

  async #one<Row extends object>(sql: string, values: readonly unknown[]): Promise<Row | undefined> {
    const { rows } = await this.#session.query<Row>(sql, values);
    return rows[0];
  }
}

function subscriberChange(username: Username, removed: boolean, lost: readonly string[]): ChangeSubject {
  return { kind: 'subscriber', username, removed, ...(lost.length === 0 ? {} : { lostIdentities: lost }) };
}
