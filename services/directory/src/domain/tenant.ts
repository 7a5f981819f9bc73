import { type FieldError, type Parsed, parsed, rejected } from '@ringdown/platform/commands';
import type { DigestAlgorithm } from '@ringdown/sip-auth';
import type { DomainName } from './domain-name.js';
import type { TenantId } from './tenant-id.js';

/** Bounds on what a tenant may use. Zero means unlimited from `maxRegistrations` on. */
export interface TenantLimits {
  readonly maxContactsPerAor: number;
  readonly minExpiresSec: number;
  readonly maxExpiresSec: number;
  readonly defaultExpiresSec: number;
  readonly maxRegistrations: number;
  readonly maxConcurrentCalls: number;
  readonly maxCallsPerSec: number;
  readonly maxRegistrationsPerSec: number;
  /** Under way at once. */
  readonly maxConferences: number;
  /** Of one conference. */
  readonly maxConferenceMembers: number;
  /** Minutes of membership, all members added up, in a calendar month (UTC). */
  readonly maxConferenceMinutesPerMonth: number;
}

export type ForkMode = 'parallel' | 'serial';
export type RedirectMode = 'proxy' | 'redirect';
export type MediaRelay = 'never' | 'when-needed' | 'always';

export interface TenantPolicies {
  readonly forkMode: ForkMode;
  /** Whether the proxy follows a 3xx itself (RFC 3261 §16.7 step 4). */
  readonly recurseOnRedirect: boolean;
  readonly redirectMode: RedirectMode;
  /** Whether phones are told to send their requests to the domain that they have registered with (RFC 3608). */
  readonly serviceRoute: boolean;
  /** Whether media goes through a relay of the platform. */
  readonly mediaRelay: MediaRelay;
  /** Whether conferences take encrypted media only. */
  readonly conferenceSrtpRequired: boolean;
}

/** What an operator decides about a tenant. */
export interface TenantDefinition {
  readonly displayName: string;
  readonly canonicalDomain: DomainName;
  readonly realm: string;
  /** What challenges offer, the preferred first (RFC 8760 §2.4). */
  readonly digestAlgorithms: readonly DigestAlgorithm[];
  readonly limits: TenantLimits;
  readonly policies: TenantPolicies;
  readonly enabled: boolean;
}

/** When and at which position of the commit sequence an entity was last written. */
export interface Written {
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Tenant extends TenantDefinition, Written {
  readonly tenantId: TenantId;
}

export const DEFAULT_LIMITS: TenantLimits = {
  maxContactsPerAor: 10,
  minExpiresSec: 60,
  maxExpiresSec: 7200,
  defaultExpiresSec: 3600,
  maxRegistrations: 0,
  maxConcurrentCalls: 0,
  maxCallsPerSec: 0,
  maxRegistrationsPerSec: 0,
  maxConferences: 0,
  maxConferenceMembers: 0,
  maxConferenceMinutesPerMonth: 0,
};

export const DEFAULT_POLICIES: TenantPolicies = {
  forkMode: 'parallel',
  recurseOnRedirect: false,
  redirectMode: 'proxy',
  serviceRoute: false,
  mediaRelay: 'when-needed',
  conferenceSrtpRequired: false,
};

// Printable ASCII that stands in a quoted-string unescaped and can't be mistaken for the separator in H(A1).
const REALM = /^[\x20\x21\x23-\x39\x3b-\x5b\x5d-\x7e]{1,255}$/;

/** Checks a digest realm (RFC 7616 §3.3): 1 to 255 printable ASCII characters but quote, backslash and colon. */
export function parseRealm(text: string): Parsed<string> {
  if (REALM.test(text)) return parsed(text);
  return rejected('must be 1 to 255 printable ASCII characters without quotes, backslashes and colons');
}

/** The rules between fields. Empty when the definition is sound. */
export function tenantErrors(definition: TenantDefinition): FieldError[] {
  const { minExpiresSec, defaultExpiresSec, maxExpiresSec } = definition.limits;
  const errors: FieldError[] = [];
  if (minExpiresSec > maxExpiresSec) {
    errors.push({ field: 'limits.minExpiresSec', detail: `must not exceed limits.maxExpiresSec (${maxExpiresSec})` });
  }
  if (defaultExpiresSec < minExpiresSec || defaultExpiresSec > maxExpiresSec) {
    errors.push({
      field: 'limits.defaultExpiresSec',
      detail: `must lie between limits.minExpiresSec (${minExpiresSec}) and limits.maxExpiresSec (${maxExpiresSec})`,
    });
  }
  if (new Set(definition.digestAlgorithms).size !== definition.digestAlgorithms.length) {
    errors.push({ field: 'digestAlgorithms', detail: 'must name each algorithm once' });
  }
  return errors;
}

/**
 * What may never change, since it is part of stored hashes and of addresses of record. `wanted` may leave the realm open.
 * Empty when nothing immutable would change.
 */
export function immutableFieldErrors(
  current: Pick<TenantDefinition, 'canonicalDomain' | 'realm'>,
  wanted: Pick<TenantDefinition, 'canonicalDomain' | 'realm'>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (wanted.canonicalDomain !== current.canonicalDomain) {
    errors.push({
      field: 'canonicalDomain',
      detail: `is ${current.canonicalDomain} and can't change, since addresses of record contain it; add the new domain as an alias`,
    });
  }
  if (wanted.realm !== current.realm) {
    errors.push({
      field: 'realm',
      detail: `is "${current.realm}" and can't change, since the stored password hashes contain it`,
    });
  }
  return errors;
}
