/**
 * Calls a second that one replica makes records of: `npm run build && node services/accounting/bench/record.ts`. The events of all calls, which are called at BENCH_RATE a
 * second, are stored by NATS first, as edges store them (three a call, 20 ms together); then accounting starts. Prints the rate and the CPU per call of this process.
 */
import { callEvents, callStream, events } from '@ringdown/contracts';
import { createMetrics, NatsBus, silentLogger, Tracing } from '@ringdown/platform';
import { type PostgresVersion, startNatsServer, startPostgres } from '@ringdown/testkit';
import { AccountingRuntime } from '../dist/index.js';

const calls = Number(process.env['BENCH_CALLS'] ?? 30_000);
const rate = Number(process.env['BENCH_RATE'] ?? 1_000);
const version = (process.env['BENCH_POSTGRES'] ?? '18') as PostgresVersion;
const gatherMs = 20;
const edges = 3;
const talkMs = 60_000;
const ringMs = 2_000;
const beganMs = Date.now() - 3_600_000;

/** All events of all calls in the order in which they happen. */
function* life(): Generator<{
  readonly atMs: number;
  readonly n: number;
  readonly event: NonNullable<events.CallEvent['event']>;
}> {
  const steps = Array.from({ length: calls }, (_, n) => {
    const atMs = beganMs + (n * 1_000) / rate;
    return [
      { atMs, n, event: { $case: 'started', value: {} } as const },
      {
        atMs: atMs + ringMs,
        n,
        event: { $case: 'answered', value: { sessionExpiresSec: 0, codec: 'PCMA', ofTerminator: false } } as const,
      },
      {
        atMs: atMs + talkMs,
        n,
        event: {
          $case: 'ended',
          value: { end: events.CallEnd.ORIGINATOR_HUNG_UP, statusCode: 0, reason: '' },
        } as const,
      },
    ];
  });
  yield* steps.flat().sort((a, b) => a.atMs - b.atMs);
}

function eventOf(n: number, atMs: number, event: NonNullable<events.CallEvent['event']>): events.CallEvent {
  const callKey = n.toString(16).padStart(16, '0');
  return events.CallEvent.create({
    eventId: `${callKey}-${event.$case}-0123456789abcdef01234567`,
    atMs: Math.floor(atMs),
    edgeId: `edge-${(n % edges) + 1}`,
    incarnation: 'i0123456789',
    event,
    call: {
      callKey,
      sipCallId: `${callKey}-8b1fd0c27a3e@192.0.2.17`,
      originatorTag: 'a73kszlfl',
      originating: { tenantId: 'acme', identity: 'sip:alice@acme.example' },
      terminating: { tenantId: 'acme', identity: 'sip:bob@acme.example' },
      startedAtMs: Math.floor(beganMs + (n * 1_000) / rate),
    },
  });
}

const [server, nats] = await Promise.all([startPostgres({ version }), startNatsServer()]);
const bus = await NatsBus.connect({ url: nats.url, name: 'bench', logger: silentLogger() });
await bus.declareStream(callStream);
const gathered = new Map<string, events.CallEvent[]>();
for (const { atMs, n, event } of life()) {
  const key = `${n % edges} ${Math.floor(atMs / gatherMs)}`;
  const batch = gathered.get(key);
  if (batch === undefined) gathered.set(key, [eventOf(n, atMs, event)]);
  else batch.push(eventOf(n, atMs, event));
}
const messages = [...gathered.values()].map((batch) => ({ events: batch }));
for (let from = 0; from < messages.length; from += 256) {
  await Promise.all(
    messages
      .slice(from, from + 256)
      .map((batch) =>
        bus.durablePublish(callEvents.subject(batch), callEvents.encode(batch), { id: batch.events[0]?.eventId ?? '' }),
      ),
  );
}
const cpu = process.cpuUsage();
const startedAt = performance.now();
const runtime = await AccountingRuntime.open({
  postgresUrl: await server.createDatabase(),
  bus,
  logger: silentLogger(),
  tracing: new Tracing({ service: 'accounting', sampling: 0, key: 'k', otlpEndpoint: undefined }),
  metrics: createMetrics('accounting'),
  records: { retentionDays: 30, maxCallSec: 86_400, maxSetupSec: 900 },
});
await runtime.drain(600_000);
const tookSec = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(cpu);
const found = await runtime.postgres.query<{ whole: string }>(
  "select count(*) as whole from call_records where state = 'ended' and not is_marked",
);
process.stdout.write(
  `${found.rows[0]?.whole} whole records of ${calls} calls in ${messages.length} messages: ${tookSec.toFixed(1)} s, ` +
    `${Math.round(calls / tookSec)} calls/s, ${Math.round((user + system) / calls)} µs of CPU a call in this process\n`,
);
await runtime.stop();
await bus.close();
await Promise.all([server.stop(), nats.stop()]);
