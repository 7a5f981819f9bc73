import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import { type Endpoint, type ListenSettings, listenError, type Settings } from '@ringdown/platform';

/**
 * Rejects with the ServiceError of a server that can't listen when an address of the settings can't be had. Asked before the services start:
 * the person at the terminal learns of a taken port by one line, before anything is written or announced.
 */
export async function requireFreePorts({ sip, http }: Pick<Settings, 'sip' | 'http'>): Promise<void> {
  for (const { transport, host, port, settings } of sip.listeners)
    await requireFree(`SIP over ${transport}`, settings, { host, port }, transport === 'UDP' ? bindUdp : listenTcp);
  await requireFree('HTTP', 'RINGDOWN_HTTP', http, listenTcp);
}

async function requireFree(
  protocol: string,
  setting: string | ListenSettings,
  at: Endpoint,
  listen: (at: Endpoint) => Promise<void>,
): Promise<void> {
  try {
    await listen(at);
  } catch (error) {
    throw listenError(protocol, setting, at, error);
  }
}

async function listenTcp({ host, port }: Endpoint): Promise<void> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ host, port, ipv6Only: isIPv6(host) });
  await listening;
  const closed = once(server, 'close');
  server.close();
  await closed;
}

async function bindUdp({ host, port }: Endpoint): Promise<void> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only: isIPv6(host) });
  const closed = once(socket, 'close');
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
  } finally {
    socket.close();
    await closed;
  }
}
