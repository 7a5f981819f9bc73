import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DgramSocket } from './dgram-socket.js';
import { loadMediaAddon } from './media-addon.js';
import type { MediaSocket, OpenMediaSocket } from './media-socket.js';
import { SocketBatch } from './socket-batch.js';

interface Seen {
  readonly text: string;
  readonly host: string;
  readonly port: number;
  readonly nowMs: number;
}

/** How sockets are opened, and what brings datagrams in and out. */
interface Kind {
  readonly open: OpenMediaSocket;
  readonly turn: () => void;
}

function batched(): Kind {
  const batch = SocketBatch.begin();
  if (batch === undefined) throw new Error('the add-on is not built');
  return {
    open: (...where) => batch.open(...where),
    turn: () => {
      batch.receive();
      batch.flush();
    },
  };
}

const kinds: [string, () => Kind][] = [['DgramSocket', () => ({ open: DgramSocket.open, turn: () => undefined })]];
// Where there is no C compiler there is no add-on, and nothing takes these sockets.
if (loadMediaAddon() !== undefined) kinds.push(['BatchedSocket', batched]);

describe.each(kinds)('%s', (_name, begin) => {
  const open: MediaSocket[] = [];
  const peers: Socket[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((socket) => socket.close()));
    for (const peer of peers.splice(0)) peer.close();
  });

  async function peer(host: string): Promise<Socket> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    peers.push(socket);
    socket.bind(0, host);
    await once(socket, 'listening');
    return socket;
  }

  async function freePort(host: string): Promise<number> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    const { port } = socket.address();
    await new Promise<void>((closed) => socket.close(closed));
    return port;
  }

  async function bound(kind: Kind, host: string, seen: Seen[]): Promise<{ socket: MediaSocket; port: number }> {
    const port = await freePort(host);
    const socket = await kind.open(host, port, (bytes, from, fromPort, nowMs) => {
      seen.push({ text: bytes.toString('latin1'), host: from, port: fromPort, nowMs });
      bytes.fill(0);
    });
    if (socket === undefined) throw new Error('the port was taken meanwhile');
    open.push(socket);
    return { socket, port };
  }

  async function until(kind: Kind, isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      kind.turn();
      await delay(1);
    }
  }

  it.each(['127.0.0.1', '::1'])('takes datagrams at %s and sends some', async (host) => {
    const kind = begin();
    const seen: Seen[] = [];
    const { socket, port } = await bound(kind, host, seen);
    const [one, other] = [await peer(host), await peer(host)];
    const before = performance.now();
    one.send('first', port, host);
    other.send('second one', port, host);
    await until(kind, () => seen.length === 2);
    for (const [text, from] of [
      ['first', one],
      ['second one', other],
    ] as const)
      expect(seen).toContainEqual(expect.objectContaining({ text, host, port: from.address().port }));
    for (const { nowMs } of seen) {
      expect(nowMs).toBeGreaterThan(before - 20);
      expect(nowMs).toBeLessThanOrEqual(performance.now());
    }

    const heard: string[] = [];
    for (const at of [one, other]) at.on('message', (bytes, from) => heard.push(`${from.port} ${bytes}`));
    socket.send(Buffer.from('to one'), host, one.address().port);
    socket.send(Buffer.from('to other'), host, other.address().port);
    await until(kind, () => heard.length === 2);
    expect(heard.sort()).toEqual([`${port} to one`, `${port} to other`]);
  });

  it('says when a port is taken, and whose address is not ours', async () => {
    const kind = begin();
    const { socket, port } = await bound(kind, '127.0.0.1', []);
    expect(await kind.open('127.0.0.1', port, () => undefined)).toBeUndefined();
    await expect(kind.open('192.0.2.1', port, () => undefined)).rejects.toThrow('EADDRNOTAVAIL');
    await socket.close();
    const again = await kind.open('127.0.0.1', port, () => undefined);
    expect(again).toBeDefined();
    await again?.close();
  });

  it('takes from one peer only while it is guarded, or from none', async () => {
    const kind = begin();
    const seen: Seen[] = [];
    const host = '127.0.0.1';
    const { socket, port } = await bound(kind, host, seen);
    const [member, stranger] = [await peer(host), await peer(host)];
    const say = (from: Socket, text: string): Promise<void> =>
      new Promise((sent) => from.send(text, port, host, () => sent()));
    socket.guard({ host, port: member.address().port });
    await delay(5);
    await say(stranger, 'refused');
    await say(member, 'taken');
    await until(kind, () => seen.length > 0);
    socket.unguard();
    await say(stranger, 'free');
    await until(kind, () => seen.length > 1);
    socket.guard(undefined);
    await delay(5);
    await say(stranger, 'refused');
    await say(member, 'refused');
    await delay(5);
    kind.turn();
    socket.unguard();
    await say(member, 'again');
    await until(kind, () => seen.length > 2);
    expect(seen.map(({ text }) => text)).toEqual(['taken', 'free', 'again']);
  });

  it('sends what was queued before it closes, and nothing afterwards', async () => {
    const kind = begin();
    const { socket } = await bound(kind, '127.0.0.1', []);
    const other = await peer('127.0.0.1');
    const heard: string[] = [];
    other.on('message', (bytes) => heard.push(bytes.toString()));
    socket.send(Buffer.from('bye'), '127.0.0.1', other.address().port);
    await socket.close();
    socket.send(Buffer.from('late'), '127.0.0.1', other.address().port);
    await until(kind, () => heard.length > 0);
    await delay(5);
    expect(heard).toEqual(['bye']);
  });

  it('goes on after what nobody takes, is too long, or goes to no address', async () => {
    const kind = begin();
    const seen: Seen[] = [];
    const host = '127.0.0.1';
    const { socket, port } = await bound(kind, host, seen);
    const other = await peer(host);
    const nobody = await freePort(host);
    for (let count = 0; count < 3; count += 1) {
      socket.send(Buffer.from('is anybody there'), host, nobody);
      kind.turn();
      await delay(2);
    }
    socket.send(Buffer.from('where'), 'no address', 5004);
    other.send(Buffer.alloc(9000, 1), port, host);
    for (let count = 0; count < 700; count += 1) other.send(`${count}`, port, host);
    await until(kind, () => seen.some(({ text }) => text === '699') || seen.length >= 300);
    expect(seen.filter(({ text }) => text === '5')).toHaveLength(1);
  });
});

it.runIf(loadMediaAddon() !== undefined)('a batch sends more than it has room for at once', async () => {
  const batch = SocketBatch.begin();
  const other = createSocket({ type: 'udp4', recvBufferSize: 4_000_000 });
  other.bind(0, '127.0.0.1');
  await once(other, 'listening');
  const heard = new Set<string>();
  other.on('message', (bytes) => heard.add(bytes.subarray(0, 4).toString()));
  const socket = await batch?.open('127.0.0.1', other.address().port + 1, () => undefined);
  for (let count = 1000; count < 1600; count += 1) {
    socket?.send(Buffer.from(`${count}${'x'.repeat(1400)}`), '127.0.0.1', other.address().port);
    if (count % 100 === 0) await delay(1);
  }
  batch?.flush();
  while (heard.size < 600) await delay(1);
  expect(heard.size).toBe(600);
  await socket?.close();
  other.close();
});
