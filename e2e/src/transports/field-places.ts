import { Browser, Field, type FieldHost, listBindings, type TonePhone } from '@ringdown/testbed';
import { domain, tenantId, users } from './every-pair.js';
import { isWeb, type PhoneIdentity, type Place, type Transport } from './place.js';
import { startPhone } from './start-phone.js';

const ports = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 5080, WSS: 5443 } as const;
/** Where callers are; callees are at the other ones. */
const callersEdge = 'edge-1';
const edges = 3;
/** A balancer gives a phone any edge: so often it is tried until it is the right one. Two thirds fail at the most each time. */
const tries = 40;
const pollMs = 50;
const settleMs = 5_000;

/** Phones with public addresses at three edges behind the load balancers. */
export function behindTheBalancer(): Promise<Place> {
  return fieldPlace('behind the balancer', (field) => ({
    host: field.network.publicClients,
    addresses: field.network.publicClientAddresses,
    // Browsers reach each other where they say.
    media: (caller, callee) => (isWeb(caller) === isWeb(callee) ? 'direct' : 'relayed'),
  }));
}

/** Phones behind a router that translates addresses, at three edges behind the load balancers. */
export function behindNat(): Promise<Place> {
  return fieldPlace('behind NAT', (field) => ({
    host: field.network.homeClients,
    addresses: [field.network.homeClients.ipv4],
    media: () => 'relayed',
  }));
}

interface Surroundings {
  readonly host: FieldHost;
  readonly addresses: readonly string[];
  readonly media: Place['media'];
}

async function fieldPlace(name: string, surroundingsOf: (field: Field) => Surroundings): Promise<Place> {
  const field = await Field.start({ edges, mediaRelay: true });
  const { host, addresses, media } = surroundingsOf(field);
  let browser: Browser | undefined;
  const stop = async (): Promise<void> => {
    await browser?.stop();
    await field.stop();
  };
  try {
    await field.apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await field.apart.operator.importSubscribers(tenantId, users());
    browser = await Browser.start({ namespace: host.namespace });
  } catch (error) {
    await stop();
    throw error;
  }
  let phones = 0;
  const start = (transport: Transport, identity: PhoneIdentity): Promise<TonePhone> => {
    const at = `${field.network.virtualIpv4}:${ports[transport]}`;
    const localAddress = addresses[phones++ % addresses.length] ?? host.ipv4;
    return startPhone(transport, at, identity, browser as Browser, { namespace: host.namespace, localAddress });
  };
  const edgesOf = async (username: string): Promise<readonly string[]> => {
    const bindings = await listBindings(field.locations[0]?.service.grpc ?? '', tenantId);
    return (bindings.get(username) ?? []).map(({ flow }) => flow?.edgeId ?? '');
  };
  const bound = async (username: string, count: number): Promise<readonly string[]> => {
    const deadline = performance.now() + settleMs;
    for (;;) {
      const found = await edgesOf(username);
      if (found.length === count) return found;
      if (performance.now() > deadline) throw new Error(`${username} has ${found.length} bindings, not ${count}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  return {
    name,
    media,
    phone: async (transport, side, identity) => {
      const username = identity.address.split('@')[0] ?? '';
      for (let attempt = 1; ; attempt += 1) {
        const phone = await start(transport, identity);
        try {
          await phone.register();
          const [edge] = await bound(username, 1);
          if ((edge === callersEdge) === (side === 'caller')) return phone;
          if (attempt === tries) throw new Error(`${username} was at ${edge} in the last of ${tries} tries`);
        } catch (error) {
          await phone.stop();
          throw error;
        }
        // It takes its binding with it.
        await phone.stop();
        await bound(username, 0);
      }
    },
    edgesOf,
    relayedPorts: async () => (await field.relay?.relayedPorts()) ?? [],
    stop,
  };
}
