import { buildRequest, Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import type { Flow } from './flow.js';
import type { HostPort } from './host-port.js';
import type { StreamLimits } from './stream-limits.js';
import type { StreamPort, StreamPortOptions } from './stream-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { dialStream, openStream, type StreamPeer, streamKinds } from './testing/stream-kinds.js';

const ports: StreamPort[] = [];
const peers: StreamPeer[] = [];

function options(callId: string, body = ''): string {
  return buildRequest({
    method: 'OPTIONS',
    requestUri: 'sip:example.com',
    headers: [
      [Header.Via, 'SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1'],
      [Header.From, '<sip:alice@example.com>;tag=a'],
      [Header.To, '<sip:bob@example.com>'],
      [Header.CallId, callId],
      [Header.CSeq, '1 OPTIONS'],
    ],
    body,
  });
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  for (const port of ports.splice(0)) await port.close();
});

describe.each(streamKinds)('a %s port', (kind) => {
  async function open(
    events: RecordedEvents,
    limits: Partial<StreamLimits> = {},
    more: Partial<StreamPortOptions> = {},
  ): Promise<StreamPort> {
    const port = await openStream(kind, {
      host: '127.0.0.1',
      port: 0,
      events,
      limits: { lingerMs: 50, ...limits },
      ...more,
    });
    ports.push(port);
    return port;
  }

  async function dial(to: HostPort, before?: Buffer): Promise<StreamPeer> {
    const peer = await dialStream(kind, to, before);
    peers.push(peer);
    return peer;
  }

  /** The flow of the only connection. */
  function onlyFlow(port: StreamPort): Flow {
    const [flow, more] = [...port.connections()];
    if (flow === undefined || more !== undefined) throw new Error('the port must have one connection');
    return flow;
  }

  it('listens at a free port that it names', async () => {
    const port = await open(new RecordedEvents());
    expect(port.transport).toBe(kind);
    expect(port.address.host).toBe('127.0.0.1');
    expect(port.address.port).toBeGreaterThan(0);
    expect(port.size).toBe(0);
  });

  it('rejects with the reason when it cannot listen', async () => {
    const port = await open(new RecordedEvents());
    await expect(open(new RecordedEvents(), {}, { port: port.address.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('takes no more connections once it is told so, serves those it has, and closes all the same', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    port.stopListening();
    await expect(dial(port.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    peer.send(options('late'));
    await eventually(() => expect(events.messages).toHaveLength(1));
    port.stopListening();
    await port.close();
    expect(port.size).toBe(0);
  });

  it('names what it is told to, where a name is advertised', async () => {
    const events = new RecordedEvents();
    const port = await openStream(kind, {
      host: '127.0.0.1',
      port: 0,
      events,
      advertisedHost: 'sip.example.com',
      advertisedPort: 7,
    });
    ports.push(port);
    expect(port.address).toEqual({ host: 'sip.example.com', port: 7 });
  });

  it.each(['127.0.0.1', '::1'])('carries messages both ways, every byte and in order, at %s', async (host) => {
    const events = new RecordedEvents();
    events.react = (raw, flow) => flow.send(`re: ${raw}`);
    const port = await open(events, {}, { host });
    const peer = await dial(port.address);
    const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const sent = [options('one'), options('two', everyByte), options('three', 'é')];
    for (const raw of sent) peer.send(raw);
    await eventually(() => expect(events.messages).toEqual(sent));
    await eventually(() => expect(peer.received()).toBe(sent.map((raw) => `re: ${raw}`).join('')));
    expect(onlyFlow(port)).toMatchObject({
      transport: kind,
      reliable: true,
      closed: false,
      local: port.address,
      remote: peer.address,
    });
    expect(onlyFlow(port).peerNames).toBeUndefined();
    expect(port.counters).toMatchObject({ accepted: 1, connected: 0, refused: 0 });
  });

  it('keeps the order of a thousand messages sent in one turn', async () => {
    const port = await open(new RecordedEvents());
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    const all = Array.from({ length: 1_000 }, (_, index) => options(`call-${index}`, '\xff\r\n'));
    for (const raw of all) expect(onlyFlow(port).send(raw)).toBe(true);
    await eventually(() => expect(peer.received()).toBe(all.join('')));
  });

  it('answers a ping with a pong, and keeps both to itself', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    peer.send('\r\n\r\n');
    await eventually(() => expect(peer.received()).toBe('\r\n'));
    expect(events.all).toEqual([]);
  });

  it('closes a connection on which nothing happens', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { idleTimeoutMs: 40, pingIntervalMs: 0 });
    const peer = await dial(port.address);
    await eventually(() => expect(events.closings).toEqual(['idle']));
    await eventually(() => expect(peer.closed).toBe(true));
    expect(port.size).toBe(0);
  });

  it('does not take whole messages, keepalives, pings and pongs for a message that never ends', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { messageTimeoutMs: 40, pingIntervalMs: 20 });
    const peer = await dial(port.address);
    let said = 0;
    const talking = setInterval(() => {
      said += 1;
      peer.send(said % 2 === 0 ? options('x') : '\r\n');
    }, 15);
    await eventually(() => expect(said).toBeGreaterThan(20)).finally(() => clearInterval(talking));
    await eventually(() => expect(events.messages).toHaveLength(Math.floor(said / 2)));
    expect(events.closings).toEqual([]);
  });

  it('closes a connection whose peer does not read, and sends nothing more there', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { maxQueuedBytes: 100_000 });
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    peer.pause();
    const flow = onlyFlow(port);
    await eventually(() => {
      for (let i = 0; i < 50; i += 1) flow.send(options('x', 'x'.repeat(50_000)));
      expect(flow.closed).toBe(true);
    });
    expect(flow.send(options('x'))).toBe(false);
    await eventually(() => expect(events.closings).toEqual(['peer-not-reading']));
    expect(port.size).toBe(0);
  });

  it('tells that the peer ended the connection, and forgets it', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    const flow = onlyFlow(port);
    expect(port.flow(flow.id)).toBe(flow);
    peer.end();
    await eventually(() => expect(events.closings).toEqual(['peer-closed']));
    expect(port.size).toBe(0);
    expect(port.flow(flow.id)).toBeUndefined();
    expect(flow.send(options('late'))).toBe(false);
  });

  it('tells once that the peer vanished', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    peer.destroy();
    await eventually(() => expect(events.closings).toHaveLength(1));
    expect(port.size).toBe(0);
  });

  it('delivers what is queued before it closes a flow', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    await eventually(() => expect(port.size).toBe(1));
    const flow = onlyFlow(port);
    flow.send(options('before'));
    flow.close();
    expect(flow.closed).toBe(true);
    expect(flow.send(options('after'))).toBe(false);
    await eventually(() => expect(peer.received()).toBe(options('before')));
    await eventually(() => expect(events.closings).toEqual(['closed']));
  });

  it('closes every connection with its port', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const peer = await dial(port.address);
    await dial(port.address);
    await eventually(() => expect(port.size).toBe(2));
    await port.close();
    expect(events.closings).toEqual(['port-closed', 'port-closed']);
    await eventually(() => expect(peer.closed).toBe(true));
    await expect(dialStream(kind, port.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await port.close();
  });

  it.each([
    ['overall', { maxConnections: 2 }],
    ['per address', { maxConnectionsPerHost: 2 }],
  ])('refuses connections above the limit %s, and takes new ones when others end', async (_which, limits) => {
    const port = await open(new RecordedEvents(), limits);
    const first = await dial(port.address);
    await dial(port.address);
    const third = await dialStream(kind, port.address).catch(() => undefined);
    await eventually(() => expect(third?.closed ?? true).toBe(true));
    await eventually(() => expect(port.counters).toMatchObject({ accepted: 2, refused: 1 }));
    first.destroy();
    await eventually(() => expect(port.size).toBe(1));
    await dial(port.address);
    await eventually(() => expect(port.counters.accepted).toBe(3));
  });

  it('gives a closed flow where it may open no connection', async () => {
    const events = new RecordedEvents();
    const port = await open(events, { maxConnections: 0 });
    const flow = port.flowTo({ host: '127.0.0.1', port: 9 });
    expect(flow).toMatchObject({ transport: kind, closed: true });
    expect(flow.send('x')).toBe(false);
    await eventually(() => expect(events.closings).toHaveLength(1));
    expect(port.flow(flow.id)).toBeUndefined();
  });
});
