import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchedUdpPort, type BatchedUdpPortOptions } from './batched-udp-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { udpAddon } from './testing/udp-kinds.js';

// With CI=true another spec fails where the add-on is missing.
describe.runIf(udpAddon !== undefined)('BatchedUdpPort', () => {
  const ports: BatchedUdpPort[] = [];
  const sockets: Socket[] = [];

  function open(events: RecordedEvents, options: Partial<BatchedUdpPortOptions> = {}): BatchedUdpPort {
    const port = BatchedUdpPort.open(udpAddon!, { host: '127.0.0.1', port: 0, events, ...options });
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

  /** Lets what a port has sent arrive, round by round, so that no kernel's default buffer is too small. */
  async function sendInRounds(from: BatchedUdpPort, to: BatchedUdpPort, there: RecordedEvents, rounds: number) {
    const all: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (let i = 0; i < 150; i += 1) {
        const raw = `message ${round} ${i}`;
        all.push(raw);
        expect(from.flowTo(to.address).send(raw)).toBe(true);
      }
      await eventually(() => expect(there.all).toHaveLength(all.length));
    }
    return all;
  }

  afterEach(async () => {
    for (const port of ports.splice(0)) await port.close();
    for (const socket of sockets.splice(0)) socket.close();
  });

  it.each([
    { gatherMs: 0, what: 'without gathering' },
    { gatherMs: 1, what: 'gathering' },
    { gatherMs: 5, what: 'gathering long' },
  ])('keeps the order of thousands of datagrams, $what', async ({ gatherMs }) => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there, { gatherMs });
    const all = await sendInRounds(a, b, there, 40);
    expect(there.messages).toEqual(all);
    expect(a.counters.sent).toBe(6_000);
    expect(b.counters.received).toBe(6_000);
  });

  it('reads and sends many datagrams by one call', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there, { gatherMs: 0 });
    await sendInRounds(a, b, there, 10);
    expect(a.batches.sends).toBe(10);
    expect(b.batches.reads).toBeLessThan(150);
    expect(b.batches.gatheredWaits).toBe(0);
  });

  it('sends the answers to a batch by one call', async () => {
    const asking = new RecordedEvents();
    const answering = new RecordedEvents();
    answering.react = (raw, flow) => flow.send(`re: ${raw}`);
    const a = open(asking);
    const b = open(answering);
    for (let i = 0; i < 60; i += 1) a.flowTo(b.address).send(`message ${i}`);
    await eventually(() => expect(asking.messages).toHaveLength(60));
    expect(asking.messages[59]).toBe('re: message 59');
    expect(b.batches.sends).toBeLessThanOrEqual(b.batches.reads);
  });

  it('gathers under load, and stops when the load is gone', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there, { gatherMs: 1, gatherFromPerSec: 1_000 });
    await sendInRounds(a, b, there, 5);
    expect(b.batches.gatheredWaits).toBeGreaterThan(0);
    let seen = -1;
    await eventually(() => {
      const before = seen;
      seen = b.batches.wakeUps;
      expect(seen).toBe(before);
    });
    const { gatheredWaits } = b.batches;
    a.flowTo(b.address).send('a lone message');
    await eventually(() => expect(there.messages.at(-1)).toBe('a lone message'));
    expect(b.batches.gatheredWaits).toBe(gatheredWaits);
  });

  it.each([0, 1])(
    'lets timers and other sockets live beside more than a turn reads, gathering %i ms',
    async (gatherMs) => {
      const there = new RecordedEvents();
      const a = open(new RecordedEvents());
      const b = open(there, { gatherMs, gatherFromPerSec: 1 });
      // The first one makes a port gather that does.
      a.flowTo(b.address).send('first');
      await eventually(() => expect(there.all).toHaveLength(1));
      const turns: number[] = [];
      there.react = () => {
        if (there.all.length === 2) setImmediate(() => turns.push(there.all.length));
      };
      for (let i = 0; i < 512; i += 1) a.flowTo(b.address).send(`message ${i}`);
      await eventually(() => expect(there.all).toHaveLength(513));
      expect(turns).toEqual([257]);
      expect(b.batches.wakeUps).toBeGreaterThanOrEqual(3);
    },
  );

  it('takes more for one turn than the area holds, without a loss', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there);
    for (let i = 0; i < 300; i += 1) expect(a.flowTo(b.address).send(`message ${i}`)).toBe(true);
    await eventually(() => expect(there.messages).toHaveLength(300));
    expect(a.batches.sends).toBe(2);
  });

  it('carries the largest datagrams, also where several are queued', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there);
    const large = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(65_507));
    for (const raw of large) {
      expect(a.flowTo(b.address).send(raw)).toBe(true);
      expect(a.flowTo(b.address).send(`after ${raw[0]}`)).toBe(true);
      await eventually(() => expect(there.messages.at(-1)).toBe(`after ${raw[0]}`));
    }
    for (const raw of large) expect(a.flowTo(b.address).send(raw)).toBe(true);
    expect(a.batches.sends).toBeGreaterThan(6);
    expect(there.messages.filter((raw) => raw.length === 65_507)).toEqual(large);
  });

  it('tells of refusals after send has returned, also when the area was full', async () => {
    const events = new RecordedEvents();
    const port = open(events);
    const broadcast = port.flowTo({ host: '255.255.255.255', port: 5060 });
    for (let i = 0; i < 300; i += 1) expect(broadcast.send(`message ${i}`)).toBe(true);
    expect(events.all).toEqual([]);
    await eventually(() => expect(events.all).toHaveLength(300));
    expect(new Set(events.all.map(({ type, flow }) => `${type} ${flow.id}`))).toEqual(
      new Set([`sendFailed ${broadcast.id}`]),
    );
    expect(port.counters.sendErrors).toBe(300);
  });

  it('lets who hears of a refusal send elsewhere at once', async () => {
    const events = new RecordedEvents();
    const there = new RecordedEvents();
    const port = open(events);
    const other = open(there);
    let again = 0;
    events.sendFailed = (flow) => {
      again += 1;
      (again < 20 ? flow : port.flowTo(other.address)).send(`try ${again}`);
    };
    port.flowTo({ host: '255.255.255.255', port: 5060 }).send('to everyone');
    await eventually(() => expect(there.messages).toEqual(['try 20']));
  });

  it('reads no more of a batch once it is closed within it', async () => {
    const events = new RecordedEvents();
    const port = open(events);
    const phone = await plainSocket();
    const answered: string[] = [];
    phone.on('message', (bytes) => answered.push(bytes.toString()));
    events.react = (_raw, flow) => {
      flow.send('the last answer');
      void port.close();
    };
    for (let i = 0; i < 10; i += 1) phone.send(`message ${i}`, port.address.port, '127.0.0.1');
    await eventually(() => expect(answered).toEqual(['the last answer']));
    expect(events.messages).toHaveLength(1);
    const again = open(new RecordedEvents(), { port: port.address.port });
    expect(again.address.port).toBe(port.address.port);
  });

  it('sends what was queued before it closes', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there);
    a.flowTo(b.address).send('the last message');
    await a.close();
    await eventually(() => expect(there.messages).toEqual(['the last message']));
  });

  it('goes on with the rest of a batch after a handler that throws', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents());
    const b = open(there);
    const thrown: unknown[] = [];
    const listeners = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    try {
      there.react = (raw) => {
        if (raw === 'message 1') throw new Error('a bug');
      };
      for (let i = 0; i < 4; i += 1) a.flowTo(b.address).send(`message ${i}`);
      await eventually(() => expect(there.messages).toHaveLength(4));
      expect(thrown).toMatchObject([{ message: 'a bug' }]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener as (error: Error) => void);
    }
  });

  it('is the same flow for an IPv6 peer however its address is written', async () => {
    const there = new RecordedEvents();
    const a = open(new RecordedEvents(), { host: '::1' });
    const b = open(there, { host: '::1' });
    a.flowTo(b.address).send('a message');
    await eventually(() => expect(there.messages).toHaveLength(1));
    const [{ flow } = { flow: undefined }] = there.all;
    expect(b.flowTo({ host: '0:0:0:0:0:0:0:1', port: a.address.port })).toBe(flow);
    expect(b.flowTo({ host: '::1', port: a.address.port })).toBe(flow);
    expect(b.flowTo({ host: '2001:DB8::A', port: 5060 }).remote.host).toBe('2001:db8::a');
    expect(b.flowTo({ host: `${'1:'.repeat(40)}:1`, port: 5060 }).send('to nowhere')).toBe(false);
  });

  it('refuses a wait beyond its bound', () => {
    expect(() => open(new RecordedEvents(), { gatherMs: 6 })).toThrow('gatherMs is 6, not a whole number from 0 to 5');
  });

  it('leaves no file open and no memory in use that nobody reaches', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const files = () => readdirSync('/proc/self/fd').length;
    const before = files();
    for (let i = 0; i < 100; i += 1) {
      const port = BatchedUdpPort.open(udpAddon!, { host: '127.0.0.1', port: 0, events: new RecordedEvents() });
      if (i % 2 === 0) port.flowTo(port.address).send('to itself');
      await port.close();
      if (i % 10 === 0) collect();
    }
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    await eventually(() => expect(files()).toBeLessThanOrEqual(before));
    const memory = process.memoryUsage().arrayBuffers;
    expect(memory).toBeLessThan(100 * 1024 * 1024);
  });
});
