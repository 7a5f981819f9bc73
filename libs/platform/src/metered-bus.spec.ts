import { expect, it } from 'vitest';
import { InProcessBus } from './bus-in-process.js';
import { silentLogger } from './logger.js';
import { meteredBus } from './metered-bus.js';
import { createMetrics } from './metrics.js';

it('counts what becomes of events, and says whether the bus is there', async () => {
  const registry = createMetrics('edge-proxy');
  const inner = new InProcessBus({ logger: silentLogger() });
  const bus = meteredBus(inner, registry);
  const reading = async (line: string) => {
    const text = await registry.metrics();
    return Number(
      text
        .split('\n')
        .find((each) => each.startsWith(line))
        ?.split(' ')
        .at(-1),
    );
  };
  const events = (outcome: string) => reading(`ringdown_bus_events_total{outcome="${outcome}"`);
  bus.subscribe('a.>', () => undefined);
  bus.publish('a.b', new Uint8Array());
  await bus.flush();
  expect([await events('published'), await events('received')]).toEqual([1, 1]);

  await expect(bus.durablePublish('calls.x', new Uint8Array())).rejects.toThrow('No stream');
  await bus.declareStream({ name: 'CALLS', subjects: ['calls.>'], maxAgeMs: 60_000 });
  await bus.durablePublish('calls.x', new Uint8Array());
  expect([await events('unstored'), await events('stored')]).toEqual([1, 1]);

  let attempts = 0;
  await bus.durableConsume({ stream: 'CALLS', name: 'records', retryDelayMs: 1 }, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('not yet');
  });
  await expect.poll(async () => [await events('undone'), await events('consumed')]).toEqual([1, 1]);

  expect(await reading('ringdown_bus_connected')).toBe(1);
  await bus.close();
  bus.publish('a.b', new Uint8Array());
  expect([await reading('ringdown_bus_connected'), await events('dropped')]).toEqual([0, 1]);
});
