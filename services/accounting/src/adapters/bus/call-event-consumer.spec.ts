import { callEvents, callStream, type events } from '@ringdown/contracts';
import { InProcessBus, noSpan, type SpanOptions, type SpanRecorder, silentLogger, Tracing } from '@ringdown/platform';
import { expect, it } from 'vitest';
import type { CallStep } from '../../domain/call-step.js';
import type { RecordObserver } from '../../ports/record-observer.js';
import { answeredEvent, endedEvent, eventOf, startedEvent } from '../../testing/event-of.js';
import { startMs } from '../../testing/steps.js';
import { CallEventConsumer } from './call-event-consumer.js';

interface Recorded {
  readonly name: string;
  readonly traceId: string;
  readonly kind: SpanOptions['kind'];
}

const options = { service: 'accounting', sampling: 1, key: 'k', otlpEndpoint: undefined };

async function opened(record: (steps: readonly CallStep[]) => Promise<void>) {
  const bus = new InProcessBus({ logger: silentLogger() });
  const spans: Recorded[] = [];
  const recorder: SpanRecorder = {
    start: (name, { traceId }, { kind }) => {
      spans.push({ name, traceId, kind });
      return noSpan;
    },
    flush: async () => undefined,
    stop: async () => undefined,
  };
  const told: string[] = [];
  const observer: RecordObserver = {
    eventConsumed: (event) => void told.push(event),
    messageRedelivered: () => void told.push('redelivered'),
    eventMerged: () => undefined,
    recordCompleted: () => undefined,
  };
  const clock = { nowMs: startMs };
  const consumer = new CallEventConsumer({
    bus,
    tracing: new Tracing(options, recorder),
    observer,
    record,
    now: () => clock.nowMs,
  });
  await consumer.start();
  const publish = (...batch: events.CallEvent[]): Promise<void> =>
    bus.durablePublish(callEvents.subject({ events: batch }), callEvents.encode({ events: batch }));
  return { bus, consumer, spans, told, clock, publish };
}

it('records all events of a call in its trace, which its Call-ID names', async () => {
  const recorded: CallStep[] = [];
  const { bus, consumer, spans, publish } = await opened(async (steps) => void recorded.push(...steps));
  await publish(eventOf('a1', startedEvent), eventOf('a1', answeredEvent, 1_000), eventOf('a1', endedEvent, 9_000));
  await expect.poll(() => recorded.length).toBe(3);
  const { traceId } = new Tracing(options).callTrace('a1@10.0.0.1', 'INVITE', 0);
  expect(spans).toEqual(
    ['record started', 'record answered', 'record ended'].map((name) => ({ name, traceId, kind: 'consumer' })),
  );
  expect(recorded.map((step) => step.traceId)).toEqual([traceId, traceId, traceId]);
  await consumer.stop();
  await bus.close();
});

it('gives back what can not be recorded, and takes it again', async () => {
  const recorded: CallStep[] = [];
  let failures = 1;
  const { bus, consumer, told, publish } = await opened(async (steps) => {
    failures -= 1;
    if (failures >= 0) throw new Error('Postgres is away');
    recorded.push(...steps);
  });
  await publish(eventOf('a1', startedEvent));
  await expect.poll(() => recorded.length, { timeout: 5_000 }).toBe(1);
  expect(told).toEqual(['redelivered']);
  await consumer.stop();
  await bus.close();
});

it('passes over what is no event', async () => {
  const recorded: CallStep[] = [];
  const { bus, consumer, told, publish } = await opened(async (steps) => void recorded.push(...steps));
  await bus.durablePublish(callStream.subjects[0].replaceAll('*', 'x'), new Uint8Array([255, 255, 255]));
  await publish(eventOf('a1', startedEvent), { ...eventOf('a2', startedEvent), atMs: -1 });
  await expect.poll(() => recorded.length).toBe(1);
  expect(told).toEqual(['malformed', 'malformed']);
  await consumer.stop();
  await bus.close();
});

it('is caught up when nothing waits, and no longer once it has stopped', async () => {
  const gate = Promise.withResolvers<void>();
  const { bus, consumer, publish } = await opened(() => gate.promise);
  expect(await consumer.isCaughtUp()).toBe(true);
  await publish(eventOf('a1', startedEvent));
  expect([await consumer.isCaughtUp(), await consumer.backlog()]).toEqual([false, 1]);
  gate.resolve();
  await expect.poll(() => consumer.isCaughtUp()).toBe(true);
  await consumer.stop();
  expect(await consumer.isCaughtUp()).toBe(false);
  await bus.close();
});
