import type pg from 'pg';
import type { AddressState } from '../../domain/binding.js';
import type { FlowOwner, LeaseState } from '../../domain/flow-owner.js';
import { endLease, restore, type SuspendDecision, suspend } from '../../domain/suspend.js';
import { changeDueAddresses, type Due } from './address-transaction.js';

type Decide = (state: AddressState, owner: FlowOwner, nowMs: number) => SuspendDecision;

const decisions: Readonly<Record<LeaseState, Decide>> = { live: restore, suspended: suspend, ended: endLease };

/** Only while the owner is still what it was found to be: $1 edge, $2 incarnation. */
const ofOwner = (state: LeaseState): string => `
  select b.tenant_id, b.address_of_record from location.bindings b
  where b.edge_id = $1 and b.incarnation = $2 and not b.removed
    and exists (select 1 from location.flow_owners o where o.edge_id = $1 and o.incarnation = $2 and o.state = '${state}')`;

const inForce = `and b.suspended_at is null and (b.received_transport = 'UDP') = any ($3::bool[])`;
const suspended = 'and b.suspended_at is not null';

/** Statements of their own for rows in force and suspended ones: each has its index. */
const selections: Readonly<
  Record<LeaseState, readonly { readonly name: string; readonly select: string; readonly byTransport: boolean }[]>
> = {
  live: [{ name: 'restorable', select: `${ofOwner('live')} ${suspended} limit $3::int`, byTransport: false }],
  suspended: [{ name: 'suspendable', select: `${ofOwner('suspended')} ${inForce} limit $4::int`, byTransport: true }],
  ended: [
    { name: 'ended-in-force', select: `${ofOwner('ended')} ${inForce} limit $4::int`, byTransport: true },
    { name: 'ended-suspended', select: `${ofOwner('ended')} ${suspended} limit $3::int`, byTransport: false },
  ],
};

/**
 * Brings at most `limit` of an owner's bindings to what its lease has come to: restores, suspends or removes them, in one transaction. Returns
 * how many; 0 when all are as they should be, or other transactions hold those that aren't.
 */
export async function settleOwned(client: pg.Client, owner: FlowOwner, limit: number): Promise<number> {
  const decide = decisions[owner.state];
  const { edgeId, incarnation, ownsPinholes } = owner;
  for (const { name, select, byTransport } of selections[owner.state]) {
    const transports = byTransport ? [ownsPinholes ? [false, true] : [false]] : [];
    const due: Due = { name, select, values: [edgeId, incarnation, ...transports, limit] };
    let count = 0;
    await changeDueAddresses(client, due, ({ state }, _, nowMs) => {
      const decision = decide(state, owner, nowMs);
      if (decision.kind === 'unchanged') return undefined;
      count += decision.count;
      return decision;
    });
    if (count > 0) return count;
  }
  return 0;
}
