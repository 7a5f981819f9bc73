import type { Registry } from 'prom-client';
import type { Bus } from './bus.js';
import { readCounter, readGauge } from './readings.js';

/** What became of events since the start: `dropped` were not published and `unstored` not stored, since the bus was away; `undone` will be delivered again. */
type Outcome = 'published' | 'dropped' | 'stored' | 'unstored' | 'received' | 'consumed' | 'undone';

/** The same bus, with its traffic and its standing in `registry`. */
export function meteredBus(bus: Bus, registry: Registry): Bus {
  const counts: Record<Outcome, number> = {
    published: 0,
    dropped: 0,
    stored: 0,
    unstored: 0,
    received: 0,
    consumed: 0,
    undone: 0,
  };
  let losses = 0;
  bus.onConnection((connected) => {
    if (!connected) losses += 1;
  });
  readGauge(registry, {
    name: 'ringdown_bus_connected',
    help: '1 while the bus (NATS) can be reached',
    read: () => [[{}, bus.connected ? 1 : 0]],
  });
  readCounter(registry, {
    name: 'ringdown_bus_losses_total',
    help: 'Times that the connection to the bus was lost',
    read: () => [[{}, losses]],
  });
  readCounter(registry, {
    name: 'ringdown_bus_events_total',
    help: 'Events over the bus, by what became of them: published or dropped (it was away), stored durably or unstored, received, consumed from a stream or undone (delivered again)',
    read: () => Object.entries(counts).map(([outcome, count]) => [{ outcome }, count] as const),
  });
  return {
    publish: (...event) => {
      const isPublished = bus.publish(...event);
      counts[isPublished ? 'published' : 'dropped'] += 1;
      return isPublished;
    },
    subscribe: (subject, handler, options) =>
      bus.subscribe(
        subject,
        (message) => {
          counts.received += 1;
          handler(message);
        },
        options,
      ),
    durablePublish: async (...event) => {
      try {
        await bus.durablePublish(...event);
        counts.stored += 1;
      } catch (error) {
        counts.unstored += 1;
        throw error;
      }
    },
    durableConsume: (consumer, handler) =>
      bus.durableConsume(consumer, async (message) => {
        try {
          await handler(message);
          counts.consumed += 1;
        } catch (error) {
          counts.undone += 1;
          throw error;
        }
      }),
    durableConsumeBatches: (consumer, handler) =>
      bus.durableConsumeBatches(consumer, async (messages) => {
        try {
          await handler(messages);
          counts.consumed += messages.length;
        } catch (error) {
          counts.undone += messages.length;
          throw error;
        }
      }),
    declareStream: (stream) => bus.declareStream(stream),
    flush: () => bus.flush(),
    onConnection: (listener) => bus.onConnection(listener),
    close: () => bus.close(),
    get connected() {
      return bus.connected;
    },
  };
}
