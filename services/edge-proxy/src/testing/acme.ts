import { HeaderFailure, parseContacts } from '@ringdown/sip-message';
import type { RequestHandler } from '@ringdown/sip-runtime';
import { OwningServices } from './owning-services.js';
import type { Peer } from './peer.js';
import { sendAs, write } from './requests.js';
import type { RunningEdge } from './running-edge.js';
import { bindingOf, type FlowOf, subscriberOf, tenantOf } from './tables.js';

export const acme = tenantOf('acme', 'example.com');
export const globex = tenantOf('globex', 'example.net');

/** Two tenants: acme (example.com, alias acme.test) with alice, bob and carol, globex (example.net) with dave. */
export function twoTenants(over: Partial<typeof acme> = {}): OwningServices {
  const owning = new OwningServices();
  const tenant = { ...acme, ...over };
  owning.add(
    tenant,
    ['alice', 'bob', 'carol'].map((name) => subscriberOf(tenant, name)),
    ['acme.test'],
  );
  owning.add(globex, [subscriberOf(globex, 'dave')]);
  return owning;
}

/** Binds a user of acme's to a UDP peer; returns the flow. */
export function bindUdp(edge: RunningEdge, user: string, ...peers: readonly Peer[]): readonly FlowOf[] {
  const flows = peers.map((peer) => edge.flow(peer.udpFlowToken()));
  edge.owning.bind(
    'acme',
    `sip:${user}@example.com`,
    peers.map((peer, index) => bindingOf(peer.contact(user), flows[index])),
  );
  return flows;
}

/** A registrar that puts the contact of each REGISTER into the tables, with the flow that the edge names; `instance` keeps flows together. */
export function registrarOf(owning: OwningServices, order: 'last first' | 'first first' = 'last first') {
  return {
    REGISTER: ((request, ingress, reply) => {
      const key = `acme ${request.to.uri}`;
      const contact = parseContacts(request);
      const { edge, flowToken } = ingress.envelope ?? {};
      if (contact === '*' || contact instanceof HeaderFailure || edge === undefined || flowToken === undefined)
        throw new Error('not a registration as tests write them');
      const bound = contact.map(({ uri, params }) =>
        bindingOf(
          uri,
          { edgeId: edge.id, incarnation: edge.incarnation, flowToken },
          {
            instanceId: params.get('+sip.instance')?.replaceAll('"', '') ?? '',
          },
        ),
      );
      const known = owning.bindings.get(key) ?? [];
      owning.bind('acme', request.to.uri, order === 'last first' ? [...bound, ...known] : [...known, ...bound]);
      reply(200);
    }) satisfies RequestHandler,
  };
}

/** Registers a user of acme's over the peer's own flow. */
export async function register(
  peer: Peer,
  user: string,
  instance?: string,
  contact = peer.contact(user),
): Promise<void> {
  const params = instance === undefined ? '' : `;+sip.instance="<urn:uuid:${instance}>"`;
  const text = write(peer, {
    method: 'REGISTER',
    uri: 'sip:example.com',
    from: `<sip:${user}@example.com>;tag=r`,
    to: `<sip:${user}@example.com>`,
    contact: `${contact}>${params};x=<y`,
  }).replace(';x=<y>', '');
  const sent = await sendAs(peer, user, text);
  const { statusCode } = await peer.final(sent);
  if (statusCode !== 200) throw new Error(`REGISTER got ${statusCode}`);
}
