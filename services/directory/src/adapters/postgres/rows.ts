import type { DigestAlgorithm } from '@ringdown/sip-auth';
import type { Change, ChangeSubject } from '../../domain/change.js';
import type { Ha1Set } from '../../domain/credentials.js';
import type { DomainName } from '../../domain/domain-name.js';
import type { E164 } from '../../domain/e164.js';
import { type AddressOfRecord, addressOfRecordOf } from '../../domain/identity.js';
import type { Route, RouteAction, RouteMatch, RouteTrustClass } from '../../domain/route.js';
import type { Subscriber } from '../../domain/subscriber.js';
import type { ForkMode, MediaRelay, RedirectMode, Tenant, Written } from '../../domain/tenant.js';
import type { TenantId } from '../../domain/tenant-id.js';
import type { Username } from '../../domain/username.js';
import type { TenantDomain, TenantNumber } from '../../ports/directory-store.js';

/** Every table's columns that say when and where in the sequence of commits a row was written. bigint arrives as text. */
export interface WrittenRow {
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface TenantRow extends WrittenRow {
  readonly tenant_id: TenantId;
  readonly display_name: string;
  readonly canonical_domain: DomainName;
  readonly realm: string;
  readonly digest_algorithms: readonly DigestAlgorithm[];
  readonly max_contacts_per_aor: number;
  readonly min_expires_sec: number;
  readonly max_expires_sec: number;
  readonly default_expires_sec: number;
  readonly max_registrations: number;
  readonly max_concurrent_calls: number;
  readonly max_calls_per_sec: number;
  readonly max_registrations_per_sec: number;
  readonly max_conferences: number;
  readonly max_conference_members: number;
  readonly max_conference_minutes_per_month: number;
  readonly fork_mode: ForkMode;
  readonly recurse_on_redirect: boolean;
  readonly redirect_mode: RedirectMode;
  readonly service_route: boolean;
  readonly media_relay: MediaRelay;
  readonly conference_srtp_required: boolean;
  readonly enabled: boolean;
}

export interface DomainRow extends WrittenRow {
  readonly domain: DomainName;
  readonly tenant_id: TenantId;
  readonly canonical: boolean;
}

export interface NumberRow extends WrittenRow {
  readonly e164: E164;
  readonly tenant_id: TenantId;
  readonly username: Username | null;
}

export interface SubscriberTableRow extends WrittenRow {
  readonly tenant_id: TenantId;
  readonly username: Username;
  readonly display_name: string;
  readonly max_contacts_per_aor: number | null;
  readonly max_concurrent_calls: number | null;
  readonly enabled: boolean;
  readonly canonical_domain: DomainName;
  readonly further_identities: readonly AddressOfRecord[];
}

export interface Ha1Columns {
  readonly ha1_md5: Buffer;
  readonly ha1_sha256: Buffer;
  readonly ha1_sha512_256: Buffer;
}

export interface RouteRow extends WrittenRow {
  readonly tenant_id: TenantId;
  readonly route_id: string;
  readonly match_kind: RouteMatch['kind'];
  readonly match_value: string;
  readonly action: RouteAction;
  readonly trust_class: RouteTrustClass;
}

export interface OutboxRow {
  readonly tenant_id: TenantId;
  readonly position: string;
  readonly subject: ChangeSubject;
}

function written(row: WrittenRow): Written {
  return {
    version: Number(row.version),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function tenantFrom(row: TenantRow): Tenant {
  return {
    tenantId: row.tenant_id,
    displayName: row.display_name,
    canonicalDomain: row.canonical_domain,
    realm: row.realm,
    digestAlgorithms: row.digest_algorithms,
    limits: {
      maxContactsPerAor: row.max_contacts_per_aor,
      minExpiresSec: row.min_expires_sec,
      maxExpiresSec: row.max_expires_sec,
      defaultExpiresSec: row.default_expires_sec,
      maxRegistrations: row.max_registrations,
      maxConcurrentCalls: row.max_concurrent_calls,
      maxCallsPerSec: row.max_calls_per_sec,
      maxRegistrationsPerSec: row.max_registrations_per_sec,
      maxConferences: row.max_conferences,
      maxConferenceMembers: row.max_conference_members,
      maxConferenceMinutesPerMonth: row.max_conference_minutes_per_month,
    },
    policies: {
      forkMode: row.fork_mode,
      recurseOnRedirect: row.recurse_on_redirect,
      redirectMode: row.redirect_mode,
      serviceRoute: row.service_route,
      mediaRelay: row.media_relay,
      conferenceSrtpRequired: row.conference_srtp_required,
    },
    enabled: row.enabled,
    ...written(row),
  };
}

export function domainFrom(row: DomainRow): TenantDomain {
  return { tenantId: row.tenant_id, domain: row.domain, canonical: row.canonical, ...written(row) };
}

export function numberFrom(row: NumberRow): TenantNumber {
  return { tenantId: row.tenant_id, e164: row.e164, username: row.username ?? undefined, ...written(row) };
}

export function subscriberFrom(row: SubscriberTableRow): Subscriber {
  return {
    tenantId: row.tenant_id,
    username: row.username,
    displayName: row.display_name,
    identities: [addressOfRecordOf(row.username, row.canonical_domain), ...row.further_identities],
    maxContactsPerAor: row.max_contacts_per_aor ?? undefined,
    maxConcurrentCalls: row.max_concurrent_calls ?? undefined,
    enabled: row.enabled,
    ...written(row),
  };
}

export function ha1sFrom(row: Ha1Columns): Ha1Set {
  return {
    md5: row.ha1_md5.toString('hex'),
    sha256: row.ha1_sha256.toString('hex'),
    sha512256: row.ha1_sha512_256.toString('hex'),
  };
}

export function routeFrom(row: RouteRow): Route {
  return {
    tenantId: row.tenant_id,
    routeId: row.route_id,
    match:
      row.match_kind === 'domain'
        ? { kind: 'domain', domain: row.match_value }
        : { kind: 'number-prefix', numberPrefix: row.match_value },
    action: row.action,
    trustClass: row.trust_class,
    ...written(row),
  };
}

export function changeFrom(row: OutboxRow): Change {
  return { tenantId: row.tenant_id, position: Number(row.position), subject: row.subject };
}
