import type { AddressChange, Binding, Tombstone } from '../../domain/binding.js';
import type { RegistrationStep } from '../../domain/registrations.js';
import type { AddressKey } from './binding-rows.js';

/** A change to be written, with the version that the address of record has by it. */
export interface VersionedChange {
  readonly key: AddressKey;
  readonly version: number;
  readonly change: AddressChange;
  readonly step: RegistrationStep;
}

/** The arrays of `writeChanges`, by column. */
class Columns {
  readonly arrays: unknown[][];

  constructor(count: number) {
    this.arrays = Array.from({ length: count }, () => []);
  }

  add(...values: readonly unknown[]): void {
    for (let i = 0; i < values.length; i++) this.arrays[i]?.push(values[i]);
  }
}

const putColumns = 23;

/**
 * Writes the changes of one transaction and gives each its position, in one statement. It takes the lock of change_stream,
 * which is held until the commit that has to follow at once: whoever gets the next position commits later. The tenants' counts,
 * whose locks come in one order, are locked before it: nobody who waits for a count holds what all others wait for.
 */
export const writeChanges = {
  name: 'write-changes',
  text: `
with put as (
  insert into location.bindings as b (
    tenant_id, address_of_record, binding_key, removed, expires_at, updated_at, call_id, cseq, request_digest,
    uri, contact_params, q_thousandths, instance_id, reg_id, path, flow_token, edge_id, incarnation,
    received_transport, received_host, received_port, user_agent, suspended_at)
  select p.tenant_id, p.address_of_record, p.binding_key, p.removed,
    to_timestamp(p.expires_at / 1000), to_timestamp(p.updated_at / 1000), p.call_id, p.cseq, p.request_digest,
    p.uri, p.contact_params, p.q_thousandths, p.instance_id, p.reg_id, string_to_array(p.path, E'\\n'),
    p.flow_token, p.edge_id, p.incarnation, p.received_transport, p.received_host, p.received_port, p.user_agent,
    to_timestamp(p.suspended_at / 1000)
  from unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::float8[], $6::float8[], $7::text[], $8::bigint[],
    $9::text[], $10::text[], $11::text[], $12::smallint[], $13::text[], $14::bigint[], $15::text[], $16::text[],
    $17::text[], $18::text[], $19::text[], $20::text[], $21::int[], $22::text[], $23::float8[])
    as p (tenant_id, address_of_record, binding_key, removed, expires_at, updated_at, call_id, cseq, request_digest,
      uri, contact_params, q_thousandths, instance_id, reg_id, path, flow_token, edge_id, incarnation,
      received_transport, received_host, received_port, user_agent, suspended_at)
  on conflict (tenant_id, address_of_record, binding_key) do update set
    removed = excluded.removed, expires_at = excluded.expires_at, updated_at = excluded.updated_at,
    call_id = excluded.call_id, cseq = excluded.cseq, request_digest = excluded.request_digest, uri = excluded.uri,
    contact_params = excluded.contact_params, q_thousandths = excluded.q_thousandths,
    instance_id = excluded.instance_id, reg_id = excluded.reg_id, path = excluded.path,
    flow_token = excluded.flow_token, edge_id = excluded.edge_id, incarnation = excluded.incarnation,
    received_transport = excluded.received_transport, received_host = excluded.received_host,
    received_port = excluded.received_port, user_agent = excluded.user_agent,
    suspended_at = excluded.suspended_at
), dropped as (
  delete from location.bindings b
  using unnest($24::text[], $25::text[], $26::text[]) as d (tenant_id, address_of_record, binding_key)
  where b.tenant_id = d.tenant_id and b.address_of_record = d.address_of_record and b.binding_key = d.binding_key
), counted as (
  insert into location.registrations as r (tenant_id, registrations)
  select s.tenant_id, s.step
  from unnest($33::text[], $34::bigint[]) with ordinality as s (tenant_id, step, n) order by s.n
  on conflict (tenant_id) do update set registrations = r.registrations + excluded.registrations
  returning 1
), head as (
  update location.change_stream set position = position + $27::bigint
  where (select count(*) from counted) >= 0
  returning position
)
insert into location.changes (tenant_id, position, address_of_record, version, reason, bindings)
select c.tenant_id, head.position - $27::bigint + c.n, c.address_of_record, c.version, c.reason, c.bindings
from head, unnest($28::text[], $29::text[], $30::bigint[], $31::text[], $32::json[]) with ordinality
  as c (tenant_id, address_of_record, version, reason, bindings, n)`,
};

/** The parameters of `writeChanges`. */
export function changeParameters(changes: readonly VersionedChange[]): unknown[] {
  const put = new Columns(putColumns);
  const dropped = new Columns(3);
  const outbox = new Columns(5);
  for (const { key, version, change } of changes) {
    for (const binding of change.put) addBinding(put, key, binding);
    for (const tombstone of change.bury) addTombstone(put, key, tombstone);
    for (const bindingKey of change.drop) dropped.add(key.tenantId, key.addressOfRecord, bindingKey);
    outbox.add(key.tenantId, key.addressOfRecord, version, change.reason, storedBindings(change.bindings));
  }
  const steps = tenantSteps(changes);
  return [...put.arrays, ...dropped.arrays, changes.length, ...outbox.arrays, [...steps.keys()], [...steps.values()]];
}

/** By how much each tenant's count of registrations changes, in the order in which the rows are locked; without those that stay. */
function tenantSteps(changes: readonly VersionedChange[]): ReadonlyMap<string, number> {
  const steps = new Map<string, number>();
  for (const { key, step } of changes) {
    if (step !== 0) steps.set(key.tenantId, (steps.get(key.tenantId) ?? 0) + step);
  }
  return new Map([...steps].filter(([, step]) => step !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bindings as the outbox keeps them. */
export function storedBindings(bindings: readonly Binding[]): string {
  return JSON.stringify(bindings);
}

function addBinding(columns: Columns, key: AddressKey, binding: Binding): void {
  const { flow } = binding;
  columns.add(
    key.tenantId,
    key.addressOfRecord,
    binding.bindingKey,
    false,
    binding.expiresAtMs,
    binding.updatedAtMs,
    binding.callId,
    binding.cseq,
    binding.requestDigest,
    binding.uri,
    binding.contactParams,
    binding.qThousandths ?? null,
    binding.instanceId,
    binding.regId,
    binding.path.join('\n'),
    flow.token,
    flow.edgeId,
    flow.incarnation,
    flow.transport,
    flow.host,
    flow.port,
    binding.userAgent,
    binding.suspendedAtMs ?? null,
  );
}

function addTombstone(columns: Columns, key: AddressKey, tombstone: Tombstone): void {
  columns.add(
    key.tenantId,
    key.addressOfRecord,
    tombstone.bindingKey,
    true,
    tombstone.expiresAtMs,
    tombstone.expiresAtMs,
    tombstone.callId,
    tombstone.cseq,
    tombstone.requestDigest,
    '',
    '',
    null,
    '',
    0,
    '',
    '',
    '',
    '',
    '',
    '',
    0,
    '',
    null,
  );
}
