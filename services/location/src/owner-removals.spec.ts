import { type directory, directoryEvents } from '@ringdown/contracts';
import { createLogger, createMetrics, InProcessBus, silentLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocationRuntime } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { describeChanges, eventsOf, openReplica } from './testing/replica.js';

const waiting = { timeout: 5_000, interval: 10 };
const alice = 'sip:alice@example.org';
const sales = 'sip:sales@example.org';
const bob = 'sip:bob@example.org';

describe.each(testedPostgresVersions())('removed owners on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let url: string;
  let bus: InProcessBus;
  let position = 10;
  const replicas: LocationRuntime[] = [];

  const open = async (o: Parameters<typeof openReplica>[1] = {}): Promise<LocationRuntime> => {
    const replica = await openReplica(url, { bus, ...o });
    replicas.push(replica);
    return replica;
  };
  const publish = (tenantId: string, subject: NonNullable<directory.Change['subject']>): void => {
    position += 1;
    const event: directory.WatchResponse = { position, reset: false, change: { tenantId, version: position, subject } };
    bus.publish(directoryEvents.subject(event), directoryEvents.encode(event));
  };
  const remove = (...addressesOfRecord: string[]): void =>
    publish('t1', { $case: 'subscriber', value: { username: 'alice', removed: true, lost: { addressesOfRecord } } });
  const bind = (replica: LocationRuntime, addressOfRecord: string, key: string, o: { tenantId?: string } = {}) =>
    replica.service.bind(bindRequest(register(`c-${key}`, 1, [contact(key)], { addressOfRecord, ...o })));
  const bound = async (replica: LocationRuntime, addressOfRecord: string, tenantId = 't1'): Promise<string> =>
    (await replica.service.lookup({ tenantId, addressOfRecord })).bindings.map((b) => b.bindingKey).join(' ');

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
    bus = new InProcessBus({ logger: silentLogger() });
  });
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((each) => each.stop()));
    await bus.close();
  });

  it('removes what a removed subscriber has bound, with an event each, and nothing else', async () => {
    const replica = await open();
    const events = eventsOf(bus);
    await bind(replica, alice, 'a1');
    await bind(replica, sales, 's1');
    await bind(replica, bob, 'b1');
    await bind(replica, alice, 'other', { tenantId: 't2' });
    remove(alice, sales, 'sip:never-bound@example.org');
    await vi.waitFor(async () => expect(await bound(replica, sales)).toBe(''), waiting);
    expect([await bound(replica, alice), await bound(replica, bob), await bound(replica, alice, 't2')]).toEqual([
      '',
      'b1',
      'other',
    ]);
    await vi.waitFor(
      () => expect(describeChanges(events).slice(4)).toEqual([`5 ${alice} 2 4 []`, `6 ${sales} 2 4 []`]),
      waiting,
    );
    // A phone of the successor's, which happens to have the same address.
    await replica.service.bind(bindRequest(register('c-new', 1, [contact('a1')], { addressOfRecord: alice })));
    expect(await bound(replica, alice)).toBe('a1');
  });

  it('removes all of a removed tenant, by pages', async () => {
    const replica = await open();
    await Promise.all(Array.from({ length: 1_200 }, (_, n) => bind(replica, `sip:u${n}@example.org`, `k${n}`)));
    await bind(replica, alice, 'other', { tenantId: 't2' });
    publish('t1', { $case: 'tenant', value: { removed: true } });
    const left = () => replica.service.list({ tenantId: 't1', pageSize: 0, pageToken: '' });
    await vi.waitFor(async () => expect((await left()).addresses).toEqual([]), { timeout: 20_000, interval: 20 });
    expect(await bound(replica, alice, 't2')).toBe('other');
  });

  it('is done once by two replicas, and by the other when the one that led stops', async () => {
    const first = await open();
    await vi.waitFor(() => expect(first.feed.leads).toBe(true), waiting);
    const second = await open();
    await bind(first, alice, 'a1');
    const events = eventsOf(bus);
    remove(alice);
    await vi.waitFor(() => expect(describeChanges(events)).toContain(`2 ${alice} 2 4 []`), waiting);
    await bind(second, alice, 'successor');
    await bind(second, bob, 'b1');
    await first.stop();
    replicas.shift();
    remove(bob);
    await vi.waitFor(async () => expect(await bound(second, bob)).toBe(''), waiting);
    expect(await bound(second, alice)).toBe('successor');
    const removals = () => describeChanges(events).filter((line) => line.includes(' 4 ['));
    await vi.waitFor(() => expect(removals().at(-1)).toContain(bob), waiting);
    expect(removals()).toHaveLength(2);
  });

  it('waits for Postgres where that is away', async () => {
    const replica = await open();
    await bind(replica, alice, 'a1');
    await server.kill9();
    remove(alice);
    await vi.waitFor(() => expect(replica.feed.leads).toBe(false), waiting);
    await server.restart();
    await vi.waitFor(async () => expect(await bound(replica, alice)).toBe(''), { timeout: 20_000, interval: 50 });
  });

  it('says that events of the directory were missed, and goes on', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'location',
      level: 'warn',
      pretty: false,
      write: (line) => void lines.push(line),
    });
    const metrics = createMetrics('location');
    const replica = await open({ logger, metrics });
    await bind(replica, alice, 'a1');
    publish('t1', { $case: 'tenant', value: { removed: false } });
    position += 3;
    remove(alice);
    await vi.waitFor(async () => expect(await bound(replica, alice)).toBe(''), waiting);
    await vi.waitFor(
      async () => expect(await metrics.metrics()).toContain('ringdown_location_owner_gone_total{service="location"} 1'),
      waiting,
    );
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', message: expect.stringContaining('were missed'), upToPosition: position - 1 },
    ]);
    const text = await metrics.metrics();
    expect(text).toContain('ringdown_location_directory_news_missed_total{service="location"} 1');
  });
});
