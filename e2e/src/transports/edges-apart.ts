import { BaresipPhone, listBindings, ServicesApart } from '@ringdown/testbed';
import { domain, tenantId, usersOf } from './every-pair.js';
import type { Place } from './place.js';

const transports = ['UDP', 'TCP'] as const;

/** Two edges on one machine with nothing in front of them: callers are at the first, callees at the second. */
export async function edgesApart(): Promise<Place> {
  const apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 2 });
  try {
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, usersOf(transports));
  } catch (error) {
    await apart.stop();
    throw error;
  }
  return {
    name: 'two edges on one machine',
    transports,
    relays: () => false,
    phone: async (transport, side, identity) => {
      if (transport !== 'UDP' && transport !== 'TCP') throw new Error(`no phone for ${transport}`);
      const phone = await BaresipPhone.start({ ...identity, transport, proxy: apart.sip(side === 'caller' ? 0 : 1) });
      await phone.register();
      return phone;
    },
    edgesOf: async (username) => {
      const bindings = await listBindings(apart.locations[0]?.grpc ?? '', tenantId);
      return (bindings.get(username) ?? []).map(({ flow }) => flow?.edgeId ?? '');
    },
    isRelayed: async () => false,
    stop: () => apart.stop(),
  };
}
