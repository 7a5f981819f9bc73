import { callEvents, callStream, type events } from '@ringdown/contracts';
import { type Bus, InProcessBus, NatsBus, silentLogger, Tracing } from '@ringdown/platform';
import {
  findNatsServer,
  startNatsServer,
  startPostgres,
  type TestPostgres,
  testedPostgresVersions,
} from '@ringdown/testkit';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountingRuntime } from './accounting-runtime.js';
import { answeredEvent, endedEvent, eventOf, startedEvent } from './testing/event-of.js';

const records = { retentionDays: 30, maxCallSec: 86_400, maxSetupSec: 900 };
const tracing = new Tracing({ service: 'accounting', sampling: 0, key: 'k', otlpEndpoint: undefined });
/** Today, with the milliseconds that a sealed route leaves out. */
const beganMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000 + 250;

/** A pseudo-random order that a seed repeats. */
function shuffled<Item>(items: readonly Item[], seed: number): readonly Item[] {
  let state = seed;
  return items
    .map((item) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return { item, at: state };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const publish = (bus: Bus, ...batch: events.CallEvent[]): Promise<void> =>
  bus.durablePublish(callEvents.subject({ events: batch }), callEvents.encode({ events: batch }));

describe.each(testedPostgresVersions())('accounting on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let url: string;
  let client: pg.Client;
  let bus: Bus;
  const running: AccountingRuntime[] = [];

  const open = async (changed: Partial<typeof records> & { sweepMs?: number } = {}): Promise<AccountingRuntime> => {
    const { sweepMs, ...limits } = changed;
    const runtime = await AccountingRuntime.open({
      postgresUrl: url,
      bus,
      logger: silentLogger(),
      tracing,
      metrics: new Registry(),
      records: { ...records, ...limits },
      ...(sweepMs === undefined ? {} : { sweepMs }),
    });
    running.push(runtime);
    return runtime;
  };
  const rows = async (): Promise<readonly Record<string, unknown>[]> =>
    (await client.query('select * from accounting.call_records order by call_key')).rows;

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
    client = new pg.Client({ connectionString: url });
    await client.connect();
    bus = new InProcessBus({ logger: silentLogger() });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
    await bus.close();
    await client.end();
  });

  it('makes one record of each call, in whatever order two replicas get its events, and however often', async () => {
    const calls = 300;
    await Promise.all([open(), open()]);
    const life = Array.from({ length: calls }, (_, n) => {
      const key = n.toString(16).padStart(16, '0');
      return [
        eventOf(key, startedEvent, 0, beganMs),
        eventOf(key, answeredEvent, 1_000, beganMs),
        eventOf(key, endedEvent, 61_000 + n, beganMs),
      ];
    }).flat();
    const told = shuffled([...life, ...life], 4711);
    for (let from = 0; from < told.length; from += 7) await publish(bus, ...told.slice(from, from + 7));
    await expect.poll(() => running[0]!.drain(10_000).then(rows), { timeout: 20_000 }).toHaveLength(calls);
    await running[1]!.drain(10_000);
    for (const [n, row] of (await rows()).entries()) {
      expect(row).toMatchObject({
        tenant_id: 'acme',
        terminating_tenant_id: 'globex',
        terminating_place: 'sip:bob@globex.test',
        state: 'ended',
        duration_ms: String(60_000 + n),
        release_cause: 'hung-up',
        release_side: 'terminator',
        codec: 'PCMA',
        closed_by: 'event',
        is_marked: false,
        trace_id: tracing.callTrace(String(row['sip_call_id']), 'INVITE', 0).traceId,
      });
    }
    // Whoever is told of ended records hears of the last version of each.
    const untold = await client.query(
      `select r.call_key from accounting.call_records r where not exists (
         select from accounting.completed_records c
         where (c.tenant_id, c.started_on, c.call_key, c.version) = (r.tenant_id, r.started_on, r.call_key, r.version))`,
    );
    expect(untold.rows).toEqual([]);
  });

  it('makes a record of what no partition was made for ahead, and keeps none of days that retention has dropped', async () => {
    const runtime = await open();
    const dayMs = 86_400_000;
    await publish(
      bus,
      eventOf('00000000000000aa', endedEvent, 5_000, beganMs - 20 * dayMs),
      eventOf('00000000000000bb', endedEvent, 5_000, beganMs - 40 * dayMs),
    );
    await runtime.drain(10_000);
    await expect.poll(async () => (await rows()).map((row) => row['call_key'])).toEqual(['00000000000000aa']);
    await runtime.stop();
    await open({ retentionDays: 10 });
    await expect.poll(rows, { timeout: 5_000 }).toEqual([]);
  });

  it('closes and marks a call whose end does not come, and takes the mark back when it does', async () => {
    const runtime = await open({ maxCallSec: 60, sweepMs: 20 });
    const key = '00000000000000cc';
    await publish(bus, eventOf(key, startedEvent, 0, beganMs), eventOf(key, answeredEvent, 1_000, beganMs));
    await expect.poll(rows, { timeout: 5_000 }).toMatchObject([
      {
        state: 'ended',
        release_cause: 'limit',
        closed_by: 'limit',
        is_marked: true,
        duration_ms: '60000',
        version: '2',
      },
    ]);
    await publish(bus, eventOf(key, endedEvent, 31_000, beganMs));
    await runtime.drain(10_000);
    await expect.poll(rows, { timeout: 5_000 }).toMatchObject([
      {
        state: 'ended',
        release_cause: 'hung-up',
        closed_by: 'event',
        is_marked: false,
        duration_ms: '30000',
        version: '3',
      },
    ]);
    const told = await client.query('select version from accounting.completed_records order by position');
    expect(told.rows.map(({ version }) => version)).toEqual(['2', '3']);
  });

  it('passes over what is no event, and goes on', async () => {
    const runtime = await open();
    const broken = eventOf('00000000000000dd', startedEvent, 0, beganMs);
    await bus.durablePublish(`${callStream.subjects[0]}`.replaceAll('*', 'x'), new Uint8Array([255, 255, 255]));
    await publish(bus, { ...broken, atMs: -1 }, { ...broken, call: { ...broken.call!, callKey: 'not a key' } });
    const odd = eventOf('00000000000000ee', endedEvent, 1_000, beganMs);
    await publish(bus, { ...odd, call: { ...odd.call!, sipCallId: `\0\ud800${'x'.repeat(5_000)}` } });
    await runtime.drain(10_000);
    await expect
      .poll(rows)
      .toMatchObject([{ call_key: '00000000000000ee', sip_call_id: expect.stringMatching(/^\ufffdx{500}/) }]);
  });

  it.runIf(findNatsServer() !== undefined)('goes on over a restart of NATS', async () => {
    const nats = await startNatsServer();
    const over = await NatsBus.connect({ url: nats.url, name: 'test', logger: silentLogger(), reconnectDelayMs: 20 });
    await bus.close();
    bus = over;
    try {
      await Promise.all([open(), open()]);
      await publish(bus, eventOf('00000000000000a1', startedEvent, 0, beganMs));
      await expect.poll(rows).toHaveLength(1);
      await nats.kill();
      await nats.restart();
      await expect.poll(() => bus.connected).toBe(true);
      await expect
        .poll(() => publish(bus, eventOf('00000000000000a1', endedEvent, 9_000, beganMs)).then(() => 'stored', String))
        .toBe('stored');
      await expect.poll(rows, { timeout: 20_000 }).toMatchObject([{ state: 'ended' }]);
    } finally {
      await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
      await bus.close();
      await nats.stop();
    }
  });
});
