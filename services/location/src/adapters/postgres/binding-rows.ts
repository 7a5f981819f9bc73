import type { AddressState, Binding, Tombstone } from '../../domain/binding.js';

/** Which address of record. */
export interface AddressKey {
  readonly tenantId: string;
  readonly addressOfRecord: string;
}

/** One row of `readAddresses`: an address with one of its bindings or tombstones, or none. Times are milliseconds since 1970. */
export interface AddressRow {
  /** From 1: which of the addresses asked for. */
  readonly n: number;
  readonly version: number | null;
  readonly binding_key: string | null;
  readonly removed: boolean;
  readonly expires_at: number;
  readonly updated_at: number;
  readonly call_id: string;
  readonly cseq: number;
  readonly request_digest: string;
  readonly uri: string;
  readonly contact_params: string;
  readonly q_thousandths: number | null;
  readonly instance_id: string;
  readonly reg_id: number;
  readonly path: string;
  readonly flow_token: string;
  readonly edge_id: string;
  readonly incarnation: string;
  readonly received_transport: string;
  readonly received_host: string;
  readonly received_port: number;
  readonly user_agent: string;
  readonly suspended_at: number | null;
}

/** The binding's columns as `AddressRow` wants them; `b` is the table. Integers come as float8, which pg parses to numbers. */
export const bindingColumns = `
  b.binding_key, b.removed,
  (extract(epoch from b.expires_at) * 1000)::float8 as expires_at,
  (extract(epoch from b.updated_at) * 1000)::float8 as updated_at,
  b.call_id, b.cseq::float8 as cseq, b.request_digest, b.uri, b.contact_params, b.q_thousandths, b.instance_id,
  b.reg_id::float8 as reg_id, array_to_string(b.path, E'\\n') as path, b.flow_token, b.edge_id, b.incarnation,
  b.received_transport, b.received_host, b.received_port, b.user_agent,
  (extract(epoch from b.suspended_at) * 1000)::float8 as suspended_at`;

/** State and version of each of the addresses, $1 tenants, $2 addresses of record: in one snapshot, and always a row for each. */
export const readAddresses = {
  name: 'read-addresses',
  text: `
select w.n::int as n, a.version::float8 as version, ${bindingColumns}
from unnest($1::text[], $2::text[]) with ordinality as w (tenant_id, address_of_record, n)
left join location.addresses a on a.tenant_id = w.tenant_id and a.address_of_record = w.address_of_record
left join location.bindings b on b.tenant_id = w.tenant_id and b.address_of_record = w.address_of_record`,
};

/** An address as it is stored. */
export interface StoredAddress {
  /** 0 if it was never bound. */
  readonly version: number;
  readonly state: AddressState;
}

/** The rows of `readAddresses`, by the order in which the `count` addresses were asked for. */
export function storedAddresses(rows: readonly AddressRow[], count: number): StoredAddress[] {
  const found = Array.from({ length: count }, () => ({
    version: 0,
    state: { bindings: [] as Binding[], tombstones: [] as Tombstone[] },
  }));
  for (const row of rows) {
    const address = found[row.n - 1];
    if (address === undefined) continue;
    address.version = row.version ?? 0;
    if (row.binding_key === null) continue;
    if (row.removed) address.state.tombstones.push(tombstoneOf(row, row.binding_key));
    else address.state.bindings.push(bindingOf(row, row.binding_key));
  }
  return found;
}

function tombstoneOf(row: AddressRow, bindingKey: string): Tombstone {
  return {
    bindingKey,
    callId: row.call_id,
    cseq: row.cseq,
    requestDigest: row.request_digest,
    expiresAtMs: row.expires_at,
  };
}

function bindingOf(row: AddressRow, bindingKey: string): Binding {
  return {
    bindingKey,
    uri: row.uri,
    contactParams: row.contact_params,
    qThousandths: row.q_thousandths ?? undefined,
    instanceId: row.instance_id,
    regId: row.reg_id,
    path: row.path === '' ? [] : row.path.split('\n'),
    flow: {
      token: row.flow_token,
      edgeId: row.edge_id,
      incarnation: row.incarnation,
      transport: row.received_transport,
      host: row.received_host,
      port: row.received_port,
    },
    userAgent: row.user_agent,
    callId: row.call_id,
    cseq: row.cseq,
    requestDigest: row.request_digest,
    expiresAtMs: row.expires_at,
    updatedAtMs: row.updated_at,
    suspendedAtMs: row.suspended_at ?? undefined,
  };
}
