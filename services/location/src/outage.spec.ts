import type { location } from '@ringdown/contracts';
import { createLogger, InProcessBus, type ServiceError, silentLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocationRuntime } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { eventsOf, openReplica } from './testing/replica.js';

const users = Array.from({ length: 200 }, (_, n) => `sip:u${n}@example.org`);
/** Connect and statement timeouts and a margin. */
const failsWithinMs = 4_000;

describe.each(testedPostgresVersions())('location when Postgres %s is killed', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let replicas: LocationRuntime[];
  let lines: string[];
  let url: string;

  beforeEach(async () => {
    server = await startPostgres({ version });
    url = await server.createDatabase();
    lines = [];
    const logger = createLogger({
      service: 'location',
      level: 'info',
      pretty: false,
      write: (line) => void lines.push(line),
    });
    replicas = [await openReplica(url, { logger }), await openReplica(url, { logger })];
  }, 60_000);
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await server.stop();
  });

  const outagesLogged = (): number => lines.filter((line) => line.includes('Postgres cannot be reached')).length;
  const bind = (service: location.LocationService, address: string, cseq: number): Promise<unknown> =>
    service.bind(bindRequest(register('c', cseq, [contact('k')], { addressOfRecord: address })));

  it('has every acknowledged binding after the recovery, refuses at once meanwhile and heals by itself', async () => {
    const acknowledged = new Map<string, number>();
    const failures: { code: string; tookMs: number }[] = [];
    const stop = new AbortController();
    const caller = async (service: location.LocationService, mine: readonly string[]): Promise<void> => {
      for (let cseq = 1; !stop.signal.aborted; cseq++) {
        for (const address of mine) {
          const sentMs = performance.now();
          try {
            await bind(service, address, cseq);
            acknowledged.set(address, cseq);
          } catch (error) {
            failures.push({ code: (error as ServiceError).code, tookMs: performance.now() - sentMs });
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      }
    };
    const callers = Array.from({ length: 20 }, (_, i) =>
      caller(replicas[i % 2]!.service, users.slice(i * 10, i * 10 + 10)),
    );
    for (let round = 1; round <= 2; round++) {
      const before = [...acknowledged.values()].reduce((sum, cseq) => sum + cseq, 0);
      await vi.waitFor(
        () => expect([...acknowledged.values()].reduce((sum, cseq) => sum + cseq, 0)).toBeGreaterThan(before + 1_000),
        { timeout: 20_000, interval: 5 },
      );
      await server.kill9();
      const refused = failures.length;
      await vi.waitFor(() => expect(failures.length).toBeGreaterThan(refused + 50), { timeout: 10_000, interval: 5 });
      await server.restart();
      const known = new Map(acknowledged);
      // Each user is bound again, with no help: the callers only go on.
      await vi.waitFor(
        () => expect(users.every((user) => (acknowledged.get(user) ?? 0) > (known.get(user) ?? 0))).toBe(true),
        { timeout: 20_000, interval: 5 },
      );
    }
    stop.abort();
    await Promise.all(callers);

    const found = await Promise.all(
      users.map((user) => replicas[0]!.service.lookup({ tenantId: 't1', addressOfRecord: user })),
    );
    users.forEach((user, i) => {
      // A request whose answer was lost may have been committed as well; none that was answered may be missing.
      expect(found[i]?.bindings[0]?.cseq).toBeGreaterThanOrEqual(acknowledged.get(user) ?? 0);
    });
    expect(new Set(failures.map((failure) => failure.code))).toEqual(new Set(['unavailable']));
    expect(Math.max(...failures.map((failure) => failure.tookMs))).toBeLessThan(failsWithinMs);
    // Two outages, two replicas.
    expect(outagesLogged()).toBeLessThanOrEqual(4);
    // Each is over when it has been for a second.
    await vi.waitFor(
      () => expect(lines.filter((line) => line.includes('Postgres can be reached again')).length).toBe(outagesLogged()),
      { timeout: 10_000, interval: 20 },
    );
  });

  it('gives up on an address whose lock another transaction does not let go of, and serves it when it has', async () => {
    const impatient = await openReplica(url, { times: { statementTimeoutMs: 300 } });
    replicas.push(impatient);
    await bind(impatient.service, users[0]!, 1);
    const stuck = new pg.Client({ connectionString: url });
    await stuck.connect();
    await stuck.query('begin; update location.addresses set version = version + 1');
    await expect(bind(impatient.service, users[0]!, 2)).rejects.toMatchObject({ code: 'unavailable' });
    await stuck.query('rollback');
    await stuck.end();
    await bind(impatient.service, users[0]!, 2);
    expect(outagesLogged()).toBe(0);
  });

  it('fails lookups and changes as unavailable while it is away, and is not ready', async () => {
    const { service } = replicas[0]!;
    await bind(service, users[0]!, 1);
    await server.kill9();
    const lookup = (): Promise<unknown> => service.lookup({ tenantId: 't1', addressOfRecord: users[0]! });
    for (const request of [lookup, () => bind(service, users[0]!, 2), () => replicas[0]!.ready()]) {
      await expect(request()).rejects.toMatchObject({ code: 'unavailable' });
    }
    await server.restart();
    await vi.waitFor(lookup, { timeout: 10_000, interval: 20 });
    await replicas[0]!.ready();
  });
});

describe.each(testedPostgresVersions())(
  'location on Postgres %s when the bus is away',
  { timeout: 60_000 },
  (version) => {
    it('tells once that it publishes, when it does, however often it has tried', async () => {
      const server = await startPostgres({ version });
      const bus = new InProcessBus({ logger: silentLogger() });
      const sending = vi.spyOn(bus, 'publish').mockReturnValue(false);
      const lines: string[] = [];
      const logger = createLogger({
        service: 'location',
        level: 'info',
        pretty: false,
        write: (line) => void lines.push(line),
      });
      const told = (): number => lines.filter((line) => line.includes('publishes the changes')).length;
      const times = { heartbeatMs: 20, pollMs: 5 };
      const replica = await openReplica(await server.createDatabase(), { logger, bus, times });
      try {
        await vi.waitFor(() => expect(sending.mock.calls.length).toBeGreaterThan(5), { timeout: 10_000, interval: 5 });
        expect(told()).toBe(0);
        sending.mockRestore();
        const events = eventsOf(bus);
        await vi.waitFor(() => expect(events.length).toBeGreaterThan(5), { timeout: 10_000, interval: 5 });
        expect(told()).toBe(1);
      } finally {
        await replica.stop();
        await server.stop();
      }
    });
  },
);
