import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import { type Endpoint, listenError, type Settings } from '@ringdown/platform';

/**
 * Rejects with the ServiceError of a server that can't listen when an address of the settings can't be had. Asked before the services start:
 * the person at the terminal learns of a taken port by one line, before anything is written or announced.
 */
export async function requireFreePorts({ sip, http }: Pick<Settings, 'sip' | 'http'>): Promise<void> {
  await requireFree('SIP over TCP', 'RINGDOWN_SIP', sip, listenTcp);
  await requireFree('SIP over UDP', 'RINGDOWN_SIP', sip, bindUdp);
  await requireFree('HTTP', 'RINGDOWN_HTTP', http, listenTcp);
}

async function requireFree(
  protocol: string,
  setting: string,
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
