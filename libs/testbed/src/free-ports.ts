import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the range that the kernel gives out by itself (32768 and up), so that nobody gets these ports by chance. */
const first = 20_000;
const last = 30_000;

const given = new Set<number>();

/**
 * Finds so many neighbouring ports that are free for UDP and TCP on 127.0.0.1, for peers that can't be told to take any. Each is given out
 * once per process.
 */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const base = first + 2 * Math.floor((Math.random() * (last - first - count)) / 2);
    const ports = Array.from({ length: count }, (_, index) => base + index);
    if (ports.some((port) => given.has(port))) continue;
    const free = await Promise.all(ports.map(async (port) => (await udpIsFree(port)) && (await tcpIsFree(port))));
    if (!free.every(Boolean)) continue;
    for (const port of ports) given.add(port);
    return base;
  }
  throw new Error(`no ${count} neighbouring ports are free between ${first} and ${last}`);
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
