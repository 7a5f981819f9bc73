import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { StreamLimits } from '../stream-limits.js';
import { WebSocketPort, type WebSocketPortOptions } from '../web-socket-port.js';
import type { RecordedEvents } from './recorded-events.js';

const ports: WebSocketPort[] = [];
const sockets: Socket[] = [];
const clients: WebSocket[] = [];

/** A port that ends with the test. */
export async function openWebSocketPort(
  events: RecordedEvents,
  limits: Partial<StreamLimits> = {},
  options: Partial<WebSocketPortOptions> = {},
): Promise<WebSocketPort> {
  const port = await WebSocketPort.open({
    host: '127.0.0.1',
    port: 0,
    events,
    ...options,
    limits: { lingerMs: 50, ...limits },
  });
  ports.push(port);
  return port;
}

/** A client that has shaken hands. */
export async function dial(
  port: WebSocketPort,
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port.address.port}`, ['sip'], options);
  clients.push(client);
  client.on('error', () => {});
  await once(client, 'open');
  return client;
}

/** A plain connection, and all that comes on it. */
export async function plain(port: WebSocketPort): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(port.address.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  await once(socket, 'connect');
  return { socket, text: () => text };
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const port of ports.splice(0)) await port.close();
});
