import { conflict, done, holds, invalid, notFound, type Outcome, type Put } from '@ringdown/platform/commands';
import { hashPassword } from '../domain/credentials.js';
import { addressOfRecordOf, canonicalIdentities, type WrittenIdentity } from '../domain/identity.js';
import type { Subscriber, SubscriberCredentials } from '../domain/subscriber.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { Username } from '../domain/username.js';
import type { DirectoryStore, SubscriberRow } from '../ports/directory-store.js';
import { existingTenant } from './tenants.js';

/** A subscriber as an operator writes it. A new one needs a password; without one the stored hashes stay. */
export interface SubscriberRequest {
  readonly displayName: string;
  readonly password: string | undefined;
  /** Beside the subscriber's own address of record, which it always has. */
  readonly identities: readonly WrittenIdentity[];
  readonly maxContactsPerAor: number | undefined;
  readonly maxConcurrentCalls: number | undefined;
  readonly enabled: boolean;
}

/** Creates or replaces a subscriber. Only hashes of the password leave this function. */
export function putSubscriber(
  store: DirectoryStore,
  tenantId: TenantId,
  username: Username,
  request: SubscriberRequest,
): Promise<Outcome<Put<Subscriber>>> {
  return store.transaction<Put<Subscriber>>(async (transaction) => {
    const found = await existingTenant(transaction, tenantId);
    if (!found.ok) return found;
    const tenant = found.value;
    const domains = await transaction.domains(tenantId);
    const own = addressOfRecordOf(username, tenant.canonicalDomain);
    const identities = canonicalIdentities(
      own,
      request.identities,
      tenant.canonicalDomain,
      new Set(domains.map(({ domain }) => domain)),
    );
    if (!identities.ok) return invalid([{ field: 'identities', detail: identities.detail }]);
    const current = await transaction.subscriber(tenantId, username);
    const ha1s =
      request.password === undefined ? current?.ha1s : hashPassword(username, tenant.realm, request.password);
    if (ha1s === undefined) return invalid([{ field: 'password', detail: 'is needed to create a subscriber' }]);
    const { displayName, maxContactsPerAor, maxConcurrentCalls, enabled } = request;
    const furtherIdentities = identities.value.filter((identity) => identity !== own).sort();
    const row = { displayName, maxContactsPerAor, maxConcurrentCalls, enabled, furtherIdentities, ha1s };
    if (current !== undefined && holds(rowOf(current), row))
      return done({ entity: current.subscriber, effect: 'unchanged' });
    const entity = await transaction.saveSubscriber(tenantId, username, row);
    return done({ entity, effect: current === undefined ? 'created' : 'updated' });
  });
}

export function deleteSubscriber(
  store: DirectoryStore,
  tenantId: TenantId,
  username: Username,
): Promise<Outcome<undefined>> {
  return store.transaction<undefined>(async (transaction) => {
    const current = await transaction.subscriber(tenantId, username);
    if (current === undefined) return notFound(`tenant ${tenantId} has no subscriber ${username}`);
    const numbers = await transaction.numbersOf(tenantId, username);
    if (numbers.length > 0) {
      return conflict(
        'username',
        `${numbers.length} numbers lead to ${username}, ${numbers[0]} first; move or remove them`,
      );
    }
    await transaction.removeSubscriber(tenantId, username);
    return done(undefined);
  });
}

/** What is stored now, in the shape of what would be written. */
export function rowOf({ subscriber, ha1s }: SubscriberCredentials): SubscriberRow {
  const { displayName, identities, maxContactsPerAor, maxConcurrentCalls, enabled } = subscriber;
  return { displayName, furtherIdentities: identities.slice(1), maxContactsPerAor, maxConcurrentCalls, enabled, ha1s };
}
