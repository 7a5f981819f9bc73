import type { directory, location } from '@ringdown/contracts';
import type { Requested } from '../domain/requested.js';
import { readRequested } from '../domain/requested.js';
import type { RedirectTenant, TenantId } from '../domain/tenant.js';

export function requested(uri: string): Requested {
  const read = readRequested(uri);
  if (read.kind === 'refusal') throw new Error(`${uri} is refused with ${read.statusCode}`);
  return read;
}

export function tenant(changes: Partial<RedirectTenant> = {}): RedirectTenant {
  return {
    tenantId: 'demo' as TenantId,
    canonicalDomain: 'demo.ringdown.test',
    enabled: true,
    redirectsByDefault: false,
    ...changes,
  };
}

type Contacts = readonly (readonly [uri: string, qThousandths: number])[];

export function route(
  match: NonNullable<directory.Route['match']>,
  contacts: Contacts,
  statusCode = 302,
): directory.Route {
  const value = { statusCode, contacts: contacts.map(([uri, qThousandths]) => ({ uri, qThousandths })) };
  return { tenantId: 'demo', routeId: 'r1', match, action: { $case: 'redirect', value }, trustClass: 1, version: 1 };
}

export function toDomain(value: string): NonNullable<directory.Route['match']> {
  return { $case: 'domain', value };
}

export function toNumbers(value: string): NonNullable<directory.Route['match']> {
  return { $case: 'numberPrefix', value };
}

export function binding(uri: string, qThousandths?: number, path: string[] = []): location.Binding {
  return {
    bindingKey: uri,
    uri,
    contactParams: '',
    remainingMs: 60_000,
    qThousandths,
    instanceId: '',
    regId: 0,
    path,
    userAgent: '',
    callId: 'c',
    cseq: 1,
    updatedAtMs: 0,
    suspended: false,
  };
}
