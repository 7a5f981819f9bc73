import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { findNatsServer, startNatsServer, type TestNatsServer } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bus, BusMessage, DurableMessage } from './bus.js';
import { InProcessBus } from './bus-in-process.js';
import { NatsBus } from './bus-nats.js';
import { silentLogger } from './logger.js';
import { ServiceError } from './service-error.js';
import { eventually } from './testing/eventually.js';

// Real sockets and servers, on a machine that may be busy with other things.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: BusMessage) => new TextDecoder().decode(message.data);

interface World {
  /** A bus of a participant; all participants of a world hear each other. */
  open(): Promise<Bus>;
}

let server: TestNatsServer | undefined;
let runs = 0;

const worlds: readonly [name: string, available: boolean, make: () => Promise<World>][] = [
  [
    'in the process',
    true,
    async () => {
      const bus = new InProcessBus({ logger: silentLogger() });
      return { open: async () => bus };
    },
  ],
  [
    'over NATS',
    findNatsServer() !== undefined,
    async () => {
      const url = server?.url ?? '';
      return { open: () => NatsBus.connect({ url, name: 'test', logger: silentLogger(), reconnectDelayMs: 20 }) };
    },
  ],
];

beforeAll(async () => {
  if (findNatsServer() !== undefined) server = await startNatsServer();
});
afterAll(async () => {
  await server?.stop();
});

it('has nats-server where CI requires it', () => {
  if (findNatsServer() === undefined)
    process.stderr.write('nats-server is missing: the bus was not tested over NATS (apt-get install nats-server)\n');
  expect(process.env.CI !== 'true' || findNatsServer() !== undefined).toBe(true);
});

describe.each(worlds.filter(([, available]) => available))('the bus %s', (_name, _available, make) => {
  const open: Bus[] = [];
  async function participants(): Promise<{ a: Bus; b: Bus }> {
    const world = await make();
    const a = await world.open();
    const b = await world.open();
    open.push(a, b);
    return { a, b };
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });

  it('delivers to every subscriber, in order, with headers and bytes as they were', async () => {
    const { a, b } = await participants();
    const heardByA: string[] = [];
    const heardByB: BusMessage[] = [];
    a.subscribe('order.test', (message) => heardByA.push(text(message)));
    b.subscribe('order.test', (message) => heardByB.push(message));
    await Promise.all([a.flush(), b.flush()]);
    const data = Uint8Array.from({ length: 256 }, (_byte, index) => index);
    expect(a.publish('order.test', data, { traceparent: '00-1-2-01' })).toBe(true);
    for (let i = 0; i < 500; i += 1) a.publish('order.test', bytes(String(i)));
    await eventually(() => heardByB.length === 501 && heardByA.length === 501);
    expect(heardByB[0]).toMatchObject({ subject: 'order.test', headers: { traceparent: '00-1-2-01' } });
    expect([...(heardByB[0]?.data ?? [])]).toEqual([...data]);
    expect(heardByB[1]?.headers).toEqual({});
    expect(heardByB.slice(1).map(text)).toEqual(Array.from({ length: 500 }, (_item, index) => String(index)));
  });

  it('delivers by wildcards', async () => {
    const { a } = await participants();
    const heard: string[] = [];
    for (const pattern of ['w.*.x', 'w.>', 'w.1.x', 'w.*'])
      a.subscribe(pattern, ({ subject }) => heard.push(`${pattern} ${subject}`));
    await a.flush();
    for (const subject of ['w.1.x', 'w.2.x', 'w.1', 'v.1.x']) a.publish(subject, bytes(''));
    await eventually(() => heard.length >= 7);
    await a.flush();
    expect(heard.toSorted()).toEqual(
      ['w.* w.1', 'w.*.x w.1.x', 'w.*.x w.2.x', 'w.1.x w.1.x', 'w.> w.1', 'w.> w.1.x', 'w.> w.2.x'].toSorted(),
    );
  });

  it('shares events among the subscribers of a queue', async () => {
    const { a, b } = await participants();
    const counts = { a: 0, b: 0, other: 0 };
    a.subscribe('q.test', () => void (counts.a += 1), { queue: 'workers' });
    b.subscribe('q.test', () => void (counts.b += 1), { queue: 'workers' });
    b.subscribe('q.test', () => void (counts.other += 1));
    await Promise.all([a.flush(), b.flush()]);
    for (let i = 0; i < 200; i += 1) a.publish('q.test', bytes(''));
    await eventually(() => counts.other === 200 && counts.a + counts.b === 200);
    expect(counts.a).toBeGreaterThan(0);
    expect(counts.b).toBeGreaterThan(0);
  });

  it('never calls a handler from within publish, and goes on after a handler failed', async () => {
    const { a } = await participants();
    const heard: string[] = [];
    let publishing = false;
    let reentered = false;
    a.subscribe('r.test', (message) => {
      reentered ||= publishing;
      heard.push(text(message));
      if (text(message) === '1') throw new Error('handler');
    });
    await a.flush();
    publishing = true;
    for (const item of ['1', '2']) a.publish('r.test', bytes(item));
    publishing = false;
    await eventually(() => heard.length === 2);
    expect(reentered).toBe(false);
    expect(heard).toEqual(['1', '2']);
  });

  it('stops at unsubscribe at once, and at drain after what had arrived', async () => {
    const { a } = await participants();
    const drained: string[] = [];
    const dropped: string[] = [];
    const first = a.subscribe('d.test', (message) => drained.push(text(message)));
    const second = a.subscribe('d.test', (message) => dropped.push(text(message)));
    await a.flush();
    a.publish('d.test', bytes('1'));
    await eventually(() => dropped.length === 1);
    second.unsubscribe();
    a.publish('d.test', bytes('2'));
    await first.drain();
    a.publish('d.test', bytes('3'));
    await a.flush();
    expect(drained).toEqual(['1', '2']);
    expect(dropped).toEqual(['1']);
  });

  it.each(['', 'a b', 'a..b', 'a.*', 'a.>'])('takes publishing to %j for a bug', async (subject) => {
    const { a } = await participants();
    expect(() => a.publish(subject, bytes(''))).toThrow(TypeError);
    await expect(a.durablePublish(subject, bytes(''))).rejects.toThrow(TypeError);
  });

  it('refuses when it is closed', async () => {
    const { a } = await participants();
    await a.close();
    expect(a.connected).toBe(false);
    expect(a.publish('c.test', bytes(''))).toBe(false);
    await expect(a.flush()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(a.durablePublish('c.test', bytes(''))).rejects.toMatchObject({ code: 'unavailable' });
  });

  describe('durably', () => {
    async function streamed(): Promise<{ a: Bus; b: Bus; stream: string; subject: (event: string) => string }> {
      const buses = await participants();
      runs += 1;
      const stream = `TEST_${runs}`;
      const declaration = { name: stream, subjects: [`durable${runs}.>`], maxAgeMs: 60_000 };
      await buses.a.declareStream(declaration);
      await buses.a.declareStream(declaration);
      const prefix = `durable${runs}`;
      return { ...buses, stream, subject: (event) => `${prefix}.${event}` };
    }

    it('keeps events for a consumer that comes later, and repeats none of them', async () => {
      const { a, b, stream, subject } = await streamed();
      for (let i = 0; i < 20; i += 1)
        await a.durablePublish(subject('e'), bytes(String(i)), { headers: { n: String(i) } });
      const heard: DurableMessage[] = [];
      const first = await b.durableConsume({ stream, name: 'accounting' }, async (message) => void heard.push(message));
      await eventually(() => heard.length === 20);
      expect(heard.map((message) => [text(message), message.headers.n, message.redelivered])).toEqual(
        Array.from({ length: 20 }, (_item, i) => [String(i), String(i), false]),
      );
      expect(heard.map((message) => message.sequence)).toEqual(Array.from({ length: 20 }, (_item, i) => i + 1));
      await first.drain();
      await a.durablePublish(subject('e'), bytes('later'));
      await b.durableConsume({ stream, name: 'accounting' }, async (message) => void heard.push(message));
      await eventually(() => heard.length === 21);
      expect(heard.slice(20).map(text)).toEqual(['later']);
    });

    it('gives each consumer all events, and only those of its subject', async () => {
      const { a, stream, subject } = await streamed();
      const all: string[] = [];
      const ends: string[] = [];
      await a.durableConsume({ stream, name: 'all' }, async (message) => void all.push(text(message)));
      await a.durableConsume(
        { stream, name: 'ends', subject: subject('*.ended') },
        async (message) => void ends.push(text(message)),
      );
      await a.durablePublish(subject('demo.started'), bytes('s'));
      await a.durablePublish(subject('demo.ended'), bytes('e'));
      await eventually(() => all.length === 2 && ends.length === 1);
      expect([all, ends]).toEqual([['s', 'e'], ['e']]);
    });

    it('stores a repeated id once', async () => {
      const { a, stream, subject } = await streamed();
      const heard: string[] = [];
      await a.durableConsume({ stream, name: 'ids' }, async (message) => void heard.push(text(message)));
      await a.durablePublish(subject('e'), bytes('1'), { id: 'x' });
      await a.durablePublish(subject('e'), bytes('1 again'), { id: 'x' });
      await a.durablePublish(subject('e'), bytes('2'), { id: 'y' });
      await eventually(() => heard.length >= 2);
      expect(heard).toEqual(['1', '2']);
    });

    it('delivers again what a handler failed on, marked as such', async () => {
      const { a, stream, subject } = await streamed();
      const heard: [string, boolean][] = [];
      await a.durableConsume({ stream, name: 'failing', retryDelayMs: 20 }, async (message) => {
        heard.push([text(message), message.redelivered]);
        if (text(message) === '1' && !message.redelivered) throw new Error('handler');
      });
      await a.durablePublish(subject('e'), bytes('1'));
      await a.durablePublish(subject('e'), bytes('2'));
      await eventually(() => heard.length === 3);
      expect(heard.toSorted()).toEqual([
        ['1', false],
        ['1', true],
        ['2', false],
      ]);
    });

    it('hands over in batches what is there, and says how much is not done yet', async () => {
      const { a, b, stream, subject } = await streamed();
      for (let i = 0; i < 25; i += 1) await a.durablePublish(subject('e'), bytes(String(i)));
      const gate = Promise.withResolvers<void>();
      const heard: string[] = [];
      const sizes: number[] = [];
      const consuming = await b.durableConsumeBatches(
        { stream, name: 'batches', maxMessages: 10 },
        async (messages) => {
          await gate.promise;
          sizes.push(messages.length);
          heard.push(...messages.map(text));
        },
      );
      expect(await consuming.backlog()).toBe(25);
      gate.resolve();
      await eventually(() => heard.length === 25);
      expect(heard).toEqual(Array.from({ length: 25 }, (_item, i) => String(i)));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
      expect(sizes.length).toBeLessThan(25);
      await eventually(async () => (await consuming.backlog()) === 0);
      await consuming.drain();
    });

    it('delivers a whole batch again that its handler failed on', async () => {
      const { a, stream, subject } = await streamed();
      for (const event of ['1', '2', '3']) await a.durablePublish(subject('e'), bytes(event));
      const heard: [string, boolean][] = [];
      let failures = 0;
      const consumer = { stream, name: 'failing-batches', maxMessages: 10, retryDelayMs: 20 };
      await a.durableConsumeBatches(consumer, async (messages) => {
        if (messages.some(({ redelivered }) => !redelivered)) {
          failures += messages.length;
          throw new Error('handler');
        }
        heard.push(...messages.map((message): [string, boolean] => [text(message), message.redelivered]));
      });
      await eventually(() => heard.length === 3);
      expect(failures).toBe(3);
      expect(heard.toSorted()).toEqual([
        ['1', true],
        ['2', true],
        ['3', true],
      ]);
    });

    it('delivers again what a stopped consumer never answered', async () => {
      const { a, b, stream, subject } = await streamed();
      const consumer = { stream, name: 'stuck', ackTimeoutMs: 200 };
      const never = Promise.withResolvers<void>();
      let taken = 0;
      const stuck = await a.durableConsume(consumer, () => {
        taken += 1;
        return never.promise;
      });
      await a.durablePublish(subject('e'), bytes('1'));
      await eventually(() => taken === 1);
      stuck.unsubscribe();
      const heard: [string, boolean][] = [];
      await b.durableConsume(consumer, async (message) => void heard.push([text(message), message.redelivered]));
      await eventually(() => heard.length === 1);
      expect(heard).toEqual([['1', true]]);
      never.resolve();
    });

    it('says so when no stream keeps the event, or there is no such stream', async () => {
      const { a } = await participants();
      await expect(a.durablePublish('nowhere.e', bytes(''))).rejects.toBeInstanceOf(ServiceError);
      await expect(a.durableConsume({ stream: 'NOWHERE', name: 'x' }, async () => undefined)).rejects.toMatchObject({
        code: 'not-found',
      });
    });
  });
});

describe.runIf(findNatsServer() !== undefined)('NatsBus', () => {
  it('names the setting and the address, and nothing of the credentials, when the server is not there', async () => {
    const failed = NatsBus.connect({
      url: 'nats://u:hunter2@127.0.0.1:1',
      name: 'test',
      logger: silentLogger(),
      connectTimeoutMs: 500,
    });
    await expect(failed).rejects.toMatchObject({
      code: 'unavailable',
      message: 'NATS at 127.0.0.1:1 cannot be used: nothing listens there. RINGDOWN_NATS_URL says where NATS is.',
    });
  });

  it('makes a durable consumer again that the server lost', async () => {
    const url = server?.url ?? '';
    const bus = await NatsBus.connect({ url, name: 'test', logger: silentLogger(), reconnectDelayMs: 20 });
    const operator = await connect({ servers: url });
    try {
      await bus.declareStream({ name: 'LOST', subjects: ['lost.>'], maxAgeMs: 60_000 });
      const stored: string[] = [];
      await bus.durableConsume(
        { stream: 'LOST', name: 'consumer' },
        async (message) => void stored.push(text(message)),
      );
      await bus.durablePublish('lost.e', bytes('before'));
      await eventually(() => stored.includes('before'));
      const manager = await jetstreamManager(operator);
      // nats-server 2.9 may complain of its own folder when it removes a consumer in use; the consumer is gone all the same.
      await manager.consumers.delete('LOST', 'consumer').catch(() => undefined);
      await bus.durablePublish('lost.e', bytes('after'));
      await eventually(() => stored.includes('after'));
      expect(new Set(stored)).toEqual(new Set(['before', 'after']));
    } finally {
      await operator.close();
      await bus.close();
    }
  });

  it('forgets how far a consumer has come, also one that there isn’t', async () => {
    const bus = await NatsBus.connect({ url: server?.url ?? '', name: 'test', logger: silentLogger() });
    try {
      await bus.declareStream({ name: 'AGAIN', subjects: ['again.>'], maxAgeMs: 60_000 });
      const consumer = { stream: 'AGAIN', name: 'consumer' };
      await bus.forgetConsumer(consumer);
      await bus.durablePublish('again.e', bytes('kept'));
      for (const round of [1, 2]) {
        const stored: string[] = [];
        const subscription = await bus.durableConsume(consumer, async (message) => void stored.push(text(message)));
        await eventually(() => stored.length === 1);
        await subscription.drain();
        await bus.forgetConsumer(consumer).catch(() => bus.forgetConsumer(consumer));
        expect([round, ...stored]).toEqual([round, 'kept']);
      }
    } finally {
      await bus.close();
    }
  });

  it('says when it is away, and goes on by itself when the server is back', async () => {
    const own = await startNatsServer();
    const bus = await NatsBus.connect({
      url: own.url,
      name: 'test',
      logger: silentLogger(),
      reconnectDelayMs: 20,
      requestTimeoutMs: 500,
    });
    try {
      await bus.declareStream({ name: 'KEPT', subjects: ['kept.>'], maxAgeMs: 60_000 });
      const states: boolean[] = [];
      const heard: string[] = [];
      const stored: string[] = [];
      bus.onConnection((connected) => states.push(connected));
      bus.subscribe('n.test', (message) => heard.push(text(message)));
      await bus.durableConsume(
        { stream: 'KEPT', name: 'consumer' },
        async (message) => void stored.push(text(message)),
      );
      await bus.durablePublish('kept.e', bytes('before'));
      await own.kill();
      await eventually(() => !bus.connected);
      expect(bus.publish('n.test', bytes('lost'))).toBe(false);
      await expect(bus.flush()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(bus.durablePublish('kept.e', bytes('lost'))).rejects.toMatchObject({ code: 'unavailable' });
      await own.restart();
      await eventually(() => bus.connected);
      await bus.flush();
      expect(bus.publish('n.test', bytes('after'))).toBe(true);
      await bus.durablePublish('kept.e', bytes('after'));
      await eventually(() => heard.length === 1 && stored.includes('after'));
      expect(heard).toEqual(['after']);
      expect(new Set(stored)).toEqual(new Set(['before', 'after']));
      expect(states).toEqual([false, true]);
    } finally {
      await bus.close();
      await own.stop();
    }
  });
});
