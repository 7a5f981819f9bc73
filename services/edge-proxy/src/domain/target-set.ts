import { directory, type location } from '@ringdown/contracts';
import { parseUri } from '@ringdown/sip-message';
import type { BoundContacts } from '../ports/lookups.js';
import { routeBackTo } from './destination.js';
import { contactName } from './device.js';
import type { EdgeTarget, FlowHop } from './hop.js';
import { userOf } from './identity.js';
import { sipUriOf } from './platform-route.js';

/** A contact without a q (RFC 3261 §20.10) counts as one of the full q: it is tried with the best. */
const fullQ = 1_000;

/**
 * The target set of an address of record (RFC 3261 §16.5): one target for each device, the flows of one device being tried in turn, the most
 * recently registered first (RFC 5626 §7). A tenant that forks in series has one target tried after the other, whatever their q.
 */
export function targetSet(
  tenant: directory.Tenant,
  addressOfRecord: string,
  contacts: BoundContacts,
): readonly EdgeTarget[] {
  const devices = new Map<string, location.Binding[]>();
  for (const binding of contacts.bindings) {
    // Without an instance (RFC 5626 §4.1) each binding is a device of its own, and so is a contact without a flow: it says of itself where it is, and
    // whether that is within reach has been found out for it alone.
    const isFlow = binding.instanceId !== '' && hopOf(binding) !== undefined;
    const device = isFlow ? binding.instanceId : `\n${binding.bindingKey}`;
    const flows = devices.get(device);
    if (flows === undefined) devices.set(device, [binding]);
    else flows.push(binding);
  }
  const targets = [...devices.values()].map((flows) => target(tenant, addressOfRecord, flows));
  return tenant.policies?.forkMode === directory.ForkMode.SERIAL ? oneByOne(targets) : targets;
}

/**
 * The bindings that requests may go to: those with a flow, and contacts elsewhere at the host that they were registered from or where the tenant has a
 * route by domain. Otherwise a REGISTER would aim this edge at anybody.
 */
export function withinReach(contacts: BoundContacts, routes: readonly directory.Route[]): BoundContacts {
  const bindings = contacts.bindings.filter((binding) => {
    if (hopOf(binding) !== undefined) return true;
    // RFC 3327 §5.4: with a Path, its first proxy is where requests go.
    const uri = binding.path[0] === undefined ? parseUri(binding.uri) : sipUriOf(binding.path[0]);
    if (uri?.kind !== 'sip') return false;
    return (
      uri.host.replace(/^\[|\]$/g, '') === binding.flow?.receivedHost || routeBackTo(uri.host, routes) !== undefined
    );
  });
  return bindings.length === contacts.bindings.length ? contacts : { ...contacts, bindings };
}

/** The name under which a sealed route finds a binding again. */
export function instanceOf(binding: location.Binding): string {
  return binding.instanceId === '' ? contactName(binding.uri) : binding.instanceId;
}

function target(tenant: directory.Tenant, addressOfRecord: string, flows: readonly location.Binding[]): EdgeTarget {
  const best = flows[0] as location.Binding;
  const hops = flows.map(registeredHop);
  const resolvable = hops.every((hop) => hop !== undefined);
  return {
    uri: best.uri,
    qThousandths: Math.max(...flows.map((binding) => binding.qThousandths ?? fullQ)),
    hopCount: resolvable ? hops.length : 0,
    hops: resolvable ? hops : [],
    failover: resolvable ? 'flows' : 'addresses',
    // A device that has come back over another flow is another target.
    identity: `${best.instanceId}\n${best.bindingKey}\n${best.flow?.incarnation ?? ''}\n${best.flow?.flowToken ?? ''}`,
    leg: { kind: 'binding', username: userOf(addressOfRecord), instance: instanceOf(best) },
    trustClass: directory.TrustClass.UNTRUSTED,
    routes: best.path,
    bindings: flows,
    tenantId: tenant.tenantId,
    addressOfRecord,
  };
}

/** The flow of a binding; undefined for one made without a flow, which is reached by RFC 3263 on its contact. */
export function hopOf(binding: location.Binding): FlowHop | undefined {
  const { flow } = binding;
  if (flow === undefined || flow.flowToken === '') return undefined;
  return { kind: 'flow', flowToken: flow.flowToken, edgeId: flow.edgeId, incarnation: flow.incarnation };
}

/** Whether two bindings have the same flow, in the same life of its edge. */
export function isSameFlow({ flow: a }: location.Binding, { flow: b }: location.Binding): boolean {
  return a?.flowToken === b?.flowToken && a?.incarnation === b?.incarnation && a?.edgeId === b?.edgeId;
}

/** The same as a way for requests that ask for what the phone registered with this very flow. */
export function registeredHop(binding: location.Binding): FlowHop | undefined {
  const hop = hopOf(binding);
  return hop === undefined ? undefined : { ...hop, registered: { uri: binding.uri, path: binding.path } };
}

/** Distinct q values in the order the targets have now: a group of one each (RFC 3261 §16.6). */
function oneByOne(targets: readonly EdgeTarget[]): readonly EdgeTarget[] {
  const ordered = [...targets].sort((a, b) => b.qThousandths - a.qThousandths);
  return ordered.map((each, index) => ({ ...each, qThousandths: ordered.length - index }));
}
