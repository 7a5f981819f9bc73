import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { BatchedUdpPortOptions } from './batched-udp-port.js';
import type { DatagramPort } from './datagram-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { openUdp, udpKinds } from './testing/udp-kinds.js';

const ports: DatagramPort[] = [];
const sockets: Socket[] = [];

async function plainSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  sockets.push(socket);
  return socket;
}

afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
  for (const socket of sockets.splice(0)) socket.close();
});

describe.each(udpKinds)('a UDP port (%s)', (kind) => {
  async function open(events: RecordedEvents, options: Partial<BatchedUdpPortOptions> = {}): Promise<DatagramPort> {
    const port = await openUdp(kind, { host: '127.0.0.1', port: 0, events, ...options });
    ports.push(port);
    return port;
  }

  it('says which kind it is', async () => {
    expect((await open(new RecordedEvents())).kind).toBe(kind);
  });

  it('carries every byte value, one datagram a message', async () => {
    const here = new RecordedEvents();
    const there = new RecordedEvents();
    const a = await open(here);
    const b = await open(there);
    const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    expect(a.flowTo(b.address).send(`${everyByte}1`)).toBe(true);
    expect(a.flowTo(b.address).send(`${everyByte}2`)).toBe(true);
    await eventually(() => expect(there.messages).toEqual([`${everyByte}1`, `${everyByte}2`]));
    expect(a.counters.sent).toBe(2);
    expect(b.counters.received).toBe(2);
  });

  it('is the same flow for the same peer, both ways', async () => {
    const there = new RecordedEvents();
    const a = await open(new RecordedEvents());
    const b = await open(there);
    a.flowTo(b.address).send('one message');
    a.flowTo(b.address).send('another message');
    await eventually(() => expect(there.messages).toHaveLength(2));
    const flows = there.all.flatMap((event) => (event.type === 'message' ? [event.flow] : []));
    expect(flows[0]).toBe(flows[1]);
    expect(b.flowTo(a.address)).toBe(flows[0]);
    expect(flows[0]).toMatchObject({ transport: 'UDP', reliable: false, closed: false, remote: a.address });
  });

  it('answers on the flow that a message came on', async () => {
    const asking = new RecordedEvents();
    const answering = new RecordedEvents();
    answering.react = (raw, flow) => flow.send(`re: ${raw}`);
    const a = await open(asking);
    const b = await open(answering);
    a.flowTo(b.address).send('hello there');
    await eventually(() => expect(asking.messages).toEqual(['re: hello there']));
  });

  it('answers STUN, with the address that a phone comes from, and keeps it to itself', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const phone = await plainSocket();
    const transaction = '2112a442b7e7a701bc34d686fa87dfae';
    const answered = once(phone, 'message');
    phone.send(Buffer.from(`00010000${transaction}`, 'hex'), port.address.port, '127.0.0.1');
    const [answer] = (await answered) as [Buffer];
    const xoredPort = (phone.address().port ^ 0x2112).toString(16).padStart(4, '0');
    expect(answer.toString('hex')).toBe(`0101000c${transaction}002000080001${xoredPort}5e12a443`);
    // An indication asks for nothing.
    phone.send(Buffer.from(`00110000${transaction}`, 'hex'), port.address.port, '127.0.0.1');
    phone.send('a message', port.address.port, '127.0.0.1');
    await eventually(() => expect(events.messages).toEqual(['a message']));
    expect(port.counters).toMatchObject({ received: 1, stun: 2, keepalives: 0, sent: 1 });
  });

  it('keeps pinhole keepalives to itself', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const phone = await plainSocket();
    for (const keepalive of ['\r\n\r\n', '\r\n', '\0', '\0\0\0\0', ''])
      phone.send(keepalive, port.address.port, '127.0.0.1');
    phone.send('a message', port.address.port, '127.0.0.1');
    await eventually(() => expect(events.messages).toEqual(['a message']));
    expect(port.counters.keepalives).toBe(5);
  });

  it('refuses at once what no datagram can hold, and sends the largest that one can', async () => {
    const there = new RecordedEvents();
    const a = await open(new RecordedEvents());
    const b = await open(there);
    expect(a.flowTo(b.address).send('x'.repeat(65_508))).toBe(false);
    expect(a.counters.sendErrors).toBe(1);
    expect(a.flowTo(b.address).send('x'.repeat(65_507))).toBe(true);
    await eventually(() => expect(there.messages.map((message) => message.length)).toEqual([65_507]));
  });

  it('tells which flow the kernel refused, and why, after send has returned', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const broadcast = port.flowTo({ host: '255.255.255.255', port: 5060 });
    expect(broadcast.send('to everyone')).toBe(true);
    expect(events.all).toEqual([]);
    await eventually(() => expect(events.all).toMatchObject([{ type: 'sendFailed', flow: broadcast }]));
    const [failed] = events.all;
    expect(failed?.type === 'sendFailed' && failed.error).toMatchObject({
      message: 'send EACCES 255.255.255.255:5060',
      code: 'EACCES',
      errno: -13,
      syscall: 'send',
      address: '255.255.255.255',
      port: 5060,
    });
    expect(port.counters.sendErrors).toBe(1);
  });

  it('sends what comes after a datagram that the kernel refused', async () => {
    const events = new RecordedEvents();
    const there = new RecordedEvents();
    const port = await open(events);
    const other = await open(there);
    const broadcast = port.flowTo({ host: '255.255.255.255', port: 5060 });
    for (const flow of [broadcast, port.flowTo(other.address), broadcast, port.flowTo(other.address)])
      flow.send('a message');
    await eventually(() => expect(there.messages).toHaveLength(2));
    await eventually(() => expect(events.all.map(({ type }) => type)).toEqual(['sendFailed', 'sendFailed']));
  });

  it('reads on after a peer that is gone answers by ICMP', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const gone = await open(new RecordedEvents());
    await gone.close();
    const peer = await open(new RecordedEvents());
    port.flowTo(gone.address).send('to nobody');
    port.flowTo(gone.address).send('to nobody');
    peer.flowTo(port.address).send('from somebody');
    await eventually(() => expect(events.messages).toEqual(['from somebody']));
  });

  it.each([
    { host: '127.0.0.1', port: 0, what: 'port 0' },
    { host: '127.0.0.1', port: 65_536, what: 'a port beyond the last' },
    { host: 'name.example', port: 5060, what: 'a name' },
    { host: '127.0.0.01', port: 5060, what: 'an address with a leading zero' },
    { host: '127.1', port: 5060, what: 'a shortened address' },
    { host: '::1', port: 5060, what: 'an IPv6 address' },
    { host: '', port: 5060, what: 'nothing' },
  ])('refuses $what, which a peer can write into its Via', async ({ host, port: remotePort }) => {
    const port = await open(new RecordedEvents());
    const flow = port.flowTo({ host, port: remotePort });
    expect(flow.remote).toEqual({ host, port: remotePort });
    expect(flow.send('to nowhere')).toBe(false);
    expect(port.counters).toMatchObject({ sent: 0, sendErrors: 1 });
    expect(port.flowTo({ host, port: remotePort })).toBe(flow);
  });

  it('refuses an IPv4 address on an IPv6 port', async () => {
    const port = await open(new RecordedEvents(), { host: '::1' });
    expect(port.flowTo({ host: '127.0.0.1', port: 5060 }).send('to nowhere')).toBe(false);
  });

  it('knows as many peers as it is told to, each by its own flow', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const phones = await Promise.all(Array.from({ length: 20 }, () => plainSocket()));
    for (const round of [1, 2]) {
      for (const phone of phones) phone.send(`message ${round}`, port.address.port, '127.0.0.1');
      await eventually(() => expect(events.messages).toHaveLength(20 * round));
    }
    const flowsOf = new Map<number, Set<unknown>>();
    for (const event of events.all) {
      const { port: from } = event.flow.remote;
      flowsOf.set(from, (flowsOf.get(from) ?? new Set()).add(event.flow));
    }
    expect([...flowsOf.keys()].sort()).toEqual(phones.map((phone) => phone.address().port).sort());
    expect([...flowsOf.values()].map((flows) => flows.size)).toEqual(phones.map(() => 1));
  });

  it('says nothing more after it is closed', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const flow = port.flowTo({ host: '127.0.0.1', port: 5060 });
    await port.close();
    expect(flow.closed).toBe(true);
    expect(flow.send('too late')).toBe(false);
    await port.close();
  });

  it('rejects with the system error where the address is taken', async () => {
    const taken = await open(new RecordedEvents());
    const { port } = taken.address;
    await expect(open(new RecordedEvents(), { port })).rejects.toMatchObject({
      message: `bind EADDRINUSE 127.0.0.1:${port}`,
      code: 'EADDRINUSE',
      errno: -98,
      syscall: 'bind',
      address: '127.0.0.1',
      port,
    });
  });

  it.each([
    { host: '192.0.2.1', code: 'EADDRNOTAVAIL' },
    { host: '2001:db8::1', code: 'EADDRNOTAVAIL' },
    { host: 'name.example', code: 'EINVAL' },
  ])('rejects with the system error at $host, which is no address of this machine', async ({ host, code }) => {
    await expect(open(new RecordedEvents(), { host })).rejects.toMatchObject({ code, syscall: 'bind' });
  });

  it('shares a port that others may share, and frees it when it closes', async () => {
    const first = await open(new RecordedEvents(), { reusePort: true });
    const { port } = first.address;
    await open(new RecordedEvents(), { reusePort: true, port });
    await expect(open(new RecordedEvents(), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    for (const shared of ports.splice(0)) await shared.close();
    expect((await open(new RecordedEvents(), { port })).address.port).toBe(port);
  });

  it('tells peers the advertised address', async () => {
    const port = await open(new RecordedEvents(), {
      host: '0.0.0.0',
      advertisedHost: '203.0.113.9',
      advertisedPort: 5060,
    });
    expect(port.address).toEqual({ host: '203.0.113.9', port: 5060 });
  });

  it('speaks IPv6', async () => {
    const there = new RecordedEvents();
    const a = await open(new RecordedEvents(), { host: '::1' });
    const b = await open(there, { host: '::1' });
    a.flowTo(b.address).send('over IPv6');
    await eventually(() => expect(there.messages).toEqual(['over IPv6']));
    expect(there.all[0]?.flow.remote).toEqual({ host: '::1', port: a.address.port });
  });
});
