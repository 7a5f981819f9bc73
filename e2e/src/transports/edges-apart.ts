import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, listBindings, portOf, relayedPorts, type ServiceProcess, ServicesApart } from '@ringdown/testbed';
import { startRtpengine } from '@ringdown/testkit';
import { domain, tenantId, users } from './every-pair.js';
import { isWeb, type Place, type Transport } from './place.js';
import { startPhone } from './start-phone.js';

/** Two edges on one machine with nothing in front of them: callers are at the first, callees at the second. */
export async function edgesApart(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-e2e-'));
  const relay = await startRtpengine();
  const environment = { RINGDOWN_DATA_DIR: folder, RINGDOWN_RTPENGINE_URLS: `1@${relay.ng}` };
  const apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 2, environment });
  let browser: Browser | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([browser?.stop(), apart.stop(), relay.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(tenantId, users());
    browser = await Browser.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'two edges on one machine',
    // Chromium offers no address of loopback, so that what a browser here shows of itself isn't where it sends from.
    media: (caller, callee) => (isWeb(caller) || isWeb(callee) ? 'relayed' : 'direct'),
    phone: async (transport, side, identity) => {
      const address = listenerOf(apart.edges[side === 'caller' ? 0 : 1], transport);
      const phone = await startPhone(transport, address, identity, browser as Browser);
      await phone.register();
      return phone;
    },
    edgesOf: async (username) => {
      const bindings = await listBindings(apart.locations[0]?.grpc ?? '', tenantId);
      return (bindings.get(username) ?? []).map(({ flow }) => flow?.edgeId ?? '');
    },
    relayedPorts: () => relayedPorts(relay.ng),
    stop,
  };
}

/** `127.0.0.1:port` where an edge takes a transport. */
function listenerOf(edge: ServiceProcess | undefined, transport: Transport): string {
  const scheme = `${transport.toLowerCase()}://`;
  const listener = edge?.listeners.find((url) => url.startsWith(scheme));
  if (listener === undefined) throw new Error(`${edge?.name} has no listener for ${transport}`);
  return `127.0.0.1:${portOf(listener)}`;
}
