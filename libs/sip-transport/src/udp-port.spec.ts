import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { UdpPort, type UdpPortOptions } from './udp-port.js';

const ports: UdpPort[] = [];
const sockets: Socket[] = [];

async function open(events: RecordedEvents, options: Partial<UdpPortOptions> = {}): Promise<UdpPort> {
  const port = await UdpPort.open({ host: '127.0.0.1', port: 0, events, ...options });
  ports.push(port);
  return port;
}

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

describe('UdpPort', () => {
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

  it('tells which flow the kernel refused', async () => {
    const events = new RecordedEvents();
    const port = await open(events);
    const broadcast = port.flowTo({ host: '255.255.255.255', port: 5060 });
    expect(broadcast.send('to everyone')).toBe(true);
    await eventually(() => expect(events.all).toMatchObject([{ type: 'sendFailed', flow: broadcast }]));
  });

  it('refuses port 0, which a peer can write into its Via', async () => {
    const port = await open(new RecordedEvents());
    expect(port.flowTo({ host: '127.0.0.1', port: 0 }).send('to nowhere')).toBe(false);
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
    await expect(open(new RecordedEvents(), { port: taken.address.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
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
