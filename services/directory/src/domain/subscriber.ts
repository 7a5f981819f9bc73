import type { Ha1Set } from './credentials.js';
import type { AddressOfRecord } from './identity.js';
import type { Written } from './tenant.js';
import type { TenantId } from './tenant-id.js';
import type { Username } from './username.js';

/** A subscriber as operators see it. There is no way from here to the password or its hashes. */
export interface Subscriber extends Written {
  readonly tenantId: TenantId;
  readonly username: Username;
  readonly displayName: string;
  /** Canonical addresses of record, the subscriber's own first. */
  readonly identities: readonly AddressOfRecord[];
  /** Undefined: the tenant's limit holds. */
  readonly maxContactsPerAor: number | undefined;
  readonly maxConcurrentCalls: number | undefined;
  readonly enabled: boolean;
}

/** A subscriber as an edge needs it to check credentials. */
export interface SubscriberCredentials {
  readonly subscriber: Subscriber;
  readonly ha1s: Ha1Set;
}

/** What is written for a subscriber. Without hashes the stored ones stay. */
export interface SubscriberDefinition {
  readonly displayName: string;
  readonly furtherIdentities: readonly AddressOfRecord[];
  readonly maxContactsPerAor: number | undefined;
  readonly maxConcurrentCalls: number | undefined;
  readonly enabled: boolean;
  readonly ha1s: Ha1Set | undefined;
}
