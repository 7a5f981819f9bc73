import type pg from 'pg';
import { type RegistrationClaim, refusedClaims } from '../../domain/registrations.js';
import type { VersionedChange } from './change-columns.js';

/** A change with its place among the addresses that the transaction looked at. */
export interface DecidedChange extends VersionedChange {
  readonly index: number;
}

/** The tenants' limits of registrations, by the place of the address that is changed. */
export interface RegistrationLimits {
  /** 0 is no limit. */
  readonly maxRegistrations: (index: number) => number;
  /** Told of each change that isn't made, and how many registrations its tenant has. */
  readonly refused: (index: number, registrations: number) => void;
}

/** Locks the counts of the tenants $1, in the order of the array, and reads them behind the lock; missing ones are made. */
const lockRegistrations = {
  name: 'lock-registrations',
  text: `
insert into location.registrations as r (tenant_id, registrations)
select w.tenant_id, 0 from unnest($1::text[]) with ordinality as w (tenant_id, n) order by w.n
on conflict (tenant_id) do update set registrations = r.registrations
returning r.tenant_id, r.registrations::float8 as registrations`,
};

/**
 * The changes that limits of registrations leave. Refreshes cost nothing: only where a tenant with a limit gets another
 * registration, the counts that the transaction will change are locked and read.
 */
export async function withinLimits(
  client: pg.Client,
  changes: readonly DecidedChange[],
  limits: RegistrationLimits,
): Promise<readonly DecidedChange[]> {
  const claims = changes.map(({ key, step, index }): RegistrationClaim => {
    return { tenantId: key.tenantId, step, maxRegistrations: limits.maxRegistrations(index) };
  });
  if (!claims.some(({ step, maxRegistrations }) => step > 0 && maxRegistrations > 0)) return changes;
  // All of them now and in one order, as the statement that changes them locks them too.
  const tenants = new Set(claims.filter(({ step }) => step !== 0).map(({ tenantId }) => tenantId));
  const { rows } = await client.query<{ tenant_id: string; registrations: number }>({
    ...lockRegistrations,
    values: [[...tenants].sort()],
  });
  const refused = refusedClaims(claims, new Map(rows.map((row) => [row.tenant_id, row.registrations])));
  for (const [position, registrations] of refused) limits.refused(changes[position]?.index ?? position, registrations);
  return changes.filter((_, position) => !refused.has(position));
}
