import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamLimits } from './stream-limits.js';
import type { StreamPort } from './stream-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { dialStream, openStream, type StreamKind, type StreamPeer, streamKinds } from './testing/stream-kinds.js';

const v1 = Buffer.from('PROXY TCP4 198.51.100.7 192.0.2.1 40000 5061\r\n', 'latin1');
const v1Unknown = Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc6336407c00002019c4013c5', 'hex');
const v2Local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');

const ports: StreamPort[] = [];
const ends: { destroy(): void }[] = [];

async function open(
  kind: StreamKind,
  events: RecordedEvents,
  from: readonly string[] = ['127.0.0.0/8', '::1'],
  limits: Partial<StreamLimits> = {},
  host = '127.0.0.1',
): Promise<StreamPort> {
  const port = await openStream(kind, {
    host,
    port: 0,
    events,
    limits: { lingerMs: 50, ...limits },
    proxyProtocol: { from },
  });
  ports.push(port);
  return port;
}

async function dial(kind: StreamKind, port: StreamPort, before?: Buffer): Promise<StreamPeer> {
  const peer = await dialStream(kind, port.address, before);
  ends.push(peer);
  return peer;
}

async function plain(port: StreamPort): Promise<Socket> {
  const socket = connect(port.address.port, port.address.host);
  ends.push(socket);
  socket.on('error', () => {});
  socket.setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

afterEach(async () => {
  for (const end of ends.splice(0)) end.destroy();
  for (const port of ports.splice(0)) await port.close();
});

const message = 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n';

describe.each(streamKinds)('a %s port behind a balancer', (kind) => {
  it.each([
    ['version 1', v1],
    ['version 2', v2],
  ])('takes the client from a header of %s', async (_version, header) => {
    const events = new RecordedEvents();
    events.react = (raw, flow) => flow.send(raw);
    const port = await open(kind, events);
    const peer = await dial(kind, port, header);
    peer.send(message);
    await eventually(() => expect(peer.received()).toBe(message));
    expect([...port.connections()][0]?.remote).toEqual({ host: '198.51.100.7', port: 40_000 });
    expect(port.counters).toMatchObject({ accepted: 1, badProxyHeaders: 0 });
  });

  it.each([
    ['for no known address', v1Unknown],
    ['for a health check', v2Local],
  ])('takes the sender itself from a header %s', async (_what, header) => {
    const port = await open(kind, new RecordedEvents(), ['::1'], {}, '::1');
    const peer = await dial(kind, port, header);
    await eventually(() => expect(port.size).toBe(1));
    expect([...port.connections()][0]?.remote).toEqual(peer.address);
  });

  it('reads no header from anyone else, who may speak as before', async () => {
    const events = new RecordedEvents();
    const port = await open(kind, events, ['10.0.0.0/8', '127.0.0.2']);
    const peer = await dial(kind, port);
    peer.send(message);
    await eventually(() => expect(events.messages).toEqual([message]));
    expect([...port.connections()].map(({ remote }) => remote)).toEqual([peer.address]);
    expect(port.counters.badProxyHeaders).toBe(0);
  });

  it('counts connections by the client, not by the balancer', async () => {
    const port = await open(kind, new RecordedEvents(), ['127.0.0.1'], { maxConnectionsPerHost: 1 });
    await dial(kind, port, v1);
    const other = Buffer.from('PROXY TCP4 198.51.100.8 192.0.2.1 40000 5061\r\n', 'latin1');
    await dial(kind, port, other);
    await eventually(() => expect(port.counters.accepted).toBe(2));
    const again = await dial(kind, port, v2).catch(() => undefined);
    await eventually(() => expect(again?.closed ?? true).toBe(true));
    expect(port.counters).toMatchObject({ accepted: 2, refused: 1 });
  });
});

describe.each(['TLS', 'WS', 'WSS'] as const)("a stranger's header", (kind) => {
  it(`is no handshake for ${kind}`, async () => {
    const port = await open(kind, new RecordedEvents(), ['10.0.0.0/8']);
    await expect(dial(kind, port, v1)).rejects.toThrow(Error);
    await eventually(() => expect(port.counters).toMatchObject({ accepted: 0, failedHandshakes: 1 }));
    expect(port.counters.badProxyHeaders).toBe(0);
  });
});

describe("a stranger's header", () => {
  it('is no SIP for TCP: it arrives as a message that begins with it, from the stranger', async () => {
    const events = new RecordedEvents();
    const port = await open('TCP', events, ['10.0.0.0/8']);
    const liar = await dial('TCP', port, v1);
    liar.send(message);
    await eventually(() => expect(events.messages).toEqual([v1.toString('latin1') + message]));
    expect([...port.connections()][0]?.remote).toEqual(liar.address);
  });
});

describe('a port behind a balancer', () => {
  it('reads a header that comes byte by byte, with the message right behind it', async () => {
    const events = new RecordedEvents();
    const port = await open('TCP', events);
    for (const header of [v1, v2]) {
      const socket = await plain(port);
      for (const byte of Buffer.concat([header, Buffer.from(message)])) socket.write(Buffer.from([byte]));
    }
    await eventually(() => expect(events.messages).toEqual([message, message]));
    expect([...port.connections()].map(({ remote }) => remote.host)).toEqual(['198.51.100.7', '198.51.100.7']);
  });

  it.each([
    ['is missing', Buffer.from(message)],
    ['is malformed', Buffer.from('PROXY TCP4 1.2.3.4\r\n')],
    ['comes in part', v2.subarray(0, 20)],
    ['never comes', Buffer.alloc(0)],
  ])('closes a connection whose header %s', async (_what, bytes) => {
    const events = new RecordedEvents();
    const port = await open('TCP', events, undefined, { proxyHeaderTimeoutMs: 30 });
    const socket = await plain(port);
    socket.write(bytes);
    await eventually(() => expect(socket.closed).toBe(true));
    expect(port.counters).toMatchObject({ accepted: 0, badProxyHeaders: 1 });
    expect(events.all).toEqual([]);
  });

  it.each([
    ['ends', (socket: Socket) => socket.end(v1.subarray(0, 9)), 1],
    ['is reset', (socket: Socket) => socket.resetAndDestroy(), 0],
  ])('forgets a connection that %s before its header', async (_what, go, bad) => {
    const port = await open('TCP', new RecordedEvents(), undefined, { maxConnections: 1 });
    const socket = await plain(port);
    go(socket);
    await eventually(() => expect(socket.closed).toBe(true));
    expect(port.counters.badProxyHeaders).toBe(bad);
    // The only place is free again, as soon as this side has noticed.
    for (let tries = 0; port.size === 0 && tries < 200; tries += 1) {
      await dial('TCP', port, v1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(port.size).toBe(1);
  });

  it('closes while a header is awaited', async () => {
    const port = await open('TLS', new RecordedEvents());
    const socket = await plain(port);
    await new Promise((resolve) => setImmediate(resolve));
    await port.close();
    await eventually(() => expect(socket.closed).toBe(true));
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'balancer', '', '10.0.0.0/8/9', '2001:db8::/129', '10.0.0.0/-1'])(
    'refuses "%s" as a range',
    async (range) => {
      await expect(open('TCP', new RecordedEvents(), [range])).rejects.toThrow(`${range} is no range of addresses`);
    },
  );
});
