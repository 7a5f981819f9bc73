import { isIPv6 } from 'node:net';
import type { location } from '@ringdown/contracts';

/** The bindings of an address of record as operators see them: without what names a flow within the platform. */
export function bindingsAnswer(
  tenantId: string,
  { addressOfRecord, version, bindings }: location.AddressOfRecord,
): readonly object[] {
  return bindings.map((binding) => ({
    tenantId,
    addressOfRecord,
    version,
    contact: binding.uri,
    q: binding.qThousandths === undefined ? null : binding.qThousandths / 1_000,
    expiresInSec: Math.ceil(binding.remainingMs / 1_000),
    instanceId: binding.instanceId === '' ? null : binding.instanceId,
    regId: binding.regId === 0 ? null : binding.regId,
    path: binding.path,
    userAgent: binding.userAgent,
    suspended: binding.suspended,
    updatedAt: new Date(binding.updatedAtMs).toISOString(),
    flow: flowAnswer(binding.flow),
  }));
}

function flowAnswer(flow: location.Flow | undefined): object | null {
  // A contact that was registered without a flow has none to name.
  if (flow === undefined || flow.flowToken === '') return null;
  const { edgeId, receivedTransport, receivedHost, receivedPort } = flow;
  const host = isIPv6(receivedHost) ? `[${receivedHost}]` : receivedHost;
  return { edgeId, transport: receivedTransport, source: `${host}:${receivedPort}` };
}
