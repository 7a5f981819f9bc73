import { directory, directoryEvents } from '@ringdown/contracts';
import { type BusMessage, InProcessBus, migrate, Postgres, silentLogger } from '@ringdown/platform';
import { done, type Parsed } from '@ringdown/platform/commands';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { migrationsDir } from '../../directory-runtime.js';
import type { Change } from '../../domain/change.js';
import { hashPassword } from '../../domain/credentials.js';
import { parseDomainName } from '../../domain/domain-name.js';
import { DEFAULT_LIMITS, DEFAULT_POLICIES } from '../../domain/tenant.js';
import { parseTenantId, type TenantId } from '../../domain/tenant-id.js';
import { parseUsername, type Username } from '../../domain/username.js';
import type { ChangePublisher } from '../../ports/change-publisher.js';
import { putTenant } from '../../use-cases/tenants.js';
import { BusChangePublisher } from '../bus/bus-change-publisher.js';
import { pruneOutbox } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import { PostgresDirectoryStore } from './postgres-directory-store.js';

function read<T>(result: Parsed<T>): T {
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}

const acme = read(parseTenantId('acme'));

describe.each(testedPostgresVersions())('the outbox on Postgres %s', (version) => {
  let server: TestPostgres;
  let url: string;
  const pools: Postgres[] = [];
  const relays: OutboxRelay[] = [];

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server?.stop());

  function pool(): Postgres {
    const postgres = new Postgres({ url, service: 'test', schema: 'directory', logger: silentLogger() });
    pools.push(postgres);
    return postgres;
  }

  function replica(publisher: ChangePublisher, intervalMs = 50, withinMs = 20) {
    const postgres = pool();
    const failures: unknown[] = [];
    const relay = new OutboxRelay({ postgres, publisher, failed: (error) => void failures.push(error), intervalMs });
    relays.push(relay);
    const store = new PostgresDirectoryStore({
      postgres,
      importPostgres: postgres,
      committed: () => relay.published(withinMs),
      overloaded: () => undefined,
    });
    return { postgres, relay, store, failures };
  }

  class Recorder implements ChangePublisher {
    readonly changes: Change[] = [];
    readonly heartbeats: number[] = [];
    fails = false;
    async publish(changes: readonly Change[]): Promise<void> {
      if (this.fails) throw new Error('the bus is away');
      this.changes.push(...changes);
    }
    async heartbeat(position: number): Promise<void> {
      if (this.fails) throw new Error('the bus is away');
      this.heartbeats.push(position);
    }
  }

  async function createTenant(store: PostgresDirectoryStore, tenantId: TenantId): Promise<void> {
    const canonicalDomain = read(parseDomainName(`${tenantId}.example`));
    const outcome = await putTenant(store, tenantId, {
      displayName: '',
      canonicalDomain,
      realm: undefined,
      digestAlgorithms: ['MD5'],
      limits: DEFAULT_LIMITS,
      policies: DEFAULT_POLICIES,
      enabled: true,
    });
    expect(outcome.ok).toBe(true);
  }

  function saveSubscriber(store: PostgresDirectoryStore, username: Username, fail = false) {
    return store.transaction(async (transaction) => {
      const subscriber = await transaction.saveSubscriber(acme, username, {
        displayName: '',
        furtherIdentities: [],
        maxContactsPerAor: undefined,
        maxConcurrentCalls: undefined,
        enabled: true,
        ha1s: hashPassword(username, 'acme.example', 'x'),
      });
      return fail ? { ok: false, failure: { kind: 'not-found', detail: 'on purpose' } } : done(subscriber);
    });
  }

  beforeEach(async () => {
    url = await server.createDatabase();
    await migrate({ url, schema: 'directory', dir: migrationsDir, logger: silentLogger() });
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await Promise.all(pools.splice(0).map((postgres) => postgres.close()));
  });

  it('gives positions in the order of commits, without gaps, whatever is rolled back', async () => {
    const published = new Recorder();
    const replicas = [replica(published), replica(published), replica(published)];
    const first = replicas[0]!;
    await createTenant(first.store, acme);
    for (const { relay } of replicas) relay.start();
    const versions = await Promise.all(
      Array.from({ length: 90 }, async (_, index) => {
        const username = read(parseUsername(`user-${index % 10}`));
        const outcome = await saveSubscriber(replicas[index % 3]!.store, username, index % 7 === 0);
        return outcome.ok ? outcome.value.version : undefined;
      }),
    );
    const written = versions.filter((one) => one !== undefined).sort((a, b) => a - b);
    const last = await first.store.position();
    expect(written).toEqual(Array.from({ length: written.length }, (_, index) => index + 3));
    expect(last).toBe(written.at(-1));
    await vi.waitFor(() => expect(published.heartbeats.at(-1)).toBe(last), 5_000);
    // Each once and in order, with three replicas publishing as they come.
    expect(published.changes.map(({ position }) => position)).toEqual(
      Array.from({ length: last }, (_, index) => index + 1),
    );
    expect(published.heartbeats).toEqual(published.heartbeats.toSorted((a, b) => a - b));
    expect(replicas.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it('keeps versions growing when something is removed and made anew', async () => {
    const { store } = replica(new Recorder());
    await createTenant(store, acme);
    const alice = read(parseUsername('alice'));
    const before = await saveSubscriber(store, alice);
    await store.transaction(async (transaction) => done(await transaction.removeSubscriber(acme, alice)));
    expect((await store.subscriber(acme, alice)).position).toBe(4);
    const after = await saveSubscriber(store, alice);
    expect([before, after].map((outcome) => outcome.ok && outcome.value.version)).toEqual([3, 5]);
  });

  it('offers changes again until the bus takes them, and loses none', async () => {
    const published = new Recorder();
    const { store, relay, failures } = replica(published, 20);
    published.fails = true;
    relay.start();
    await createTenant(store, acme);
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(2), 5_000);
    expect(published.changes).toEqual([]);
    published.fails = false;
    await vi.waitFor(() => expect(published.changes.map(({ position }) => position)).toEqual([1, 2]), 5_000);
  });

  it('answers a writer when the bus has its change', async () => {
    const published = new Recorder();
    const { store, relay } = replica(published, 60_000, 60_000);
    relay.start();
    await createTenant(store, acme);
    expect(published.changes.map(({ position }) => position)).toEqual([1, 2]);
    await saveSubscriber(store, read(parseUsername('alice')));
    expect(published.changes.map(({ position }) => position)).toEqual([1, 2, 3]);
  });

  it('answers a writer in time when the bus is stuck', async () => {
    const stuck = new Recorder();
    let release = (): void => {};
    stuck.publish = () => new Promise((resolve) => (release = resolve));
    const { store, relay } = replica(stuck, 60_000, 20);
    relay.start();
    await createTenant(store, acme);
    expect(await store.position()).toBe(2);
    release();
  });

  it('publishes what a replica committed that died before it could', async () => {
    const dead = replica(new Recorder());
    await createTenant(dead.store, acme);
    await dead.postgres.close();
    const published = new Recorder();
    const { relay } = replica(published);
    relay.start();
    await vi.waitFor(() => expect(published.changes.map(({ position }) => position)).toEqual([1, 2]), 5_000);
  });

  it('heals after Postgres was killed', async () => {
    const published = new Recorder();
    const { store, relay, failures } = replica(published, 20);
    relay.start();
    await createTenant(store, acme);
    await vi.waitFor(() => expect(published.changes).toHaveLength(2), 5_000);
    await server.kill9();
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(0), 10_000);
    await expect(store.position()).rejects.toMatchObject({ code: 'unavailable' });
    await server.restart();
    await saveSubscriber(store, read(parseUsername('alice')));
    await vi.waitFor(() => expect(published.changes.at(-1)?.subject).toMatchObject({ username: 'alice' }), 10_000);
  }, 60_000);

  it('forgets what was published and says so to who asks for it', async () => {
    const published = new Recorder();
    const { store, relay, postgres } = replica(published);
    await createTenant(store, acme);
    await pruneOutbox(postgres, 0);
    expect(await store.changesAfter(0, 10)).toHaveLength(2);
    relay.start();
    await vi.waitFor(() => expect(published.heartbeats.length).toBeGreaterThan(0), 5_000);
    await pruneOutbox(postgres, 3600);
    expect(await store.changesAfter(0, 10)).toHaveLength(2);
    await pruneOutbox(postgres, 0);
    expect(await store.changesAfter(0, 10)).toBe('pruned');
    expect(await store.changesAfter(1, 10)).toBe('pruned');
    expect(await store.changesAfter(2, 10)).toEqual([]);
  });

  it('puts changes and positions on the bus as the contracts say', async () => {
    const bus = new InProcessBus({ logger: silentLogger() });
    const messages: BusMessage[] = [];
    bus.subscribe(directoryEvents.pattern(), (message) => void messages.push(message));
    const { store, relay } = replica(new BusChangePublisher(bus));
    await createTenant(store, acme);
    relay.start();
    await vi.waitFor(
      () => expect(messages.map(({ subject }) => subject)).toContain('ringdown.v1._platform.directory.position'),
      5_000,
    );
    expect(messages.slice(0, 3).map(({ subject, data }) => [subject, directoryEvents.decode(data)])).toEqual([
      [
        'ringdown.v1.acme.directory.tenant',
        directory.WatchResponse.create({
          position: 1,
          change: { tenantId: 'acme', version: 1, subject: { $case: 'tenant', value: { removed: false } } },
        }),
      ],
      [
        'ringdown.v1.acme.directory.domain',
        directory.WatchResponse.create({
          position: 2,
          change: {
            tenantId: 'acme',
            version: 2,
            subject: { $case: 'domain', value: { domain: 'acme.example', removed: false } },
          },
        }),
      ],
      ['ringdown.v1._platform.directory.position', directory.WatchResponse.create({ position: 2 })],
    ]);
    await bus.close();
  });
});
