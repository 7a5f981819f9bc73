import { type Parsed, parsed, rejected } from './parsed.js';

declare const tenantId: unique symbol;

/** A tenant's name in keys, subjects and paths. Branded, so that no other string stands in for it by mistake. */
export type TenantId = string & { readonly [tenantId]: true };

// One NATS subject token and one path segment: no dot, no wildcard, nothing that needs escaping.
const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a tenant id: 1 to 63 of a–z, 0–9 and inner hyphens. */
export function parseTenantId(text: string): Parsed<TenantId> {
  if (TENANT_ID.test(text)) return parsed(text as TenantId);
  return rejected(
    'must be 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
  );
}
