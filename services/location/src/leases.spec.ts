import { location } from '@ringdown/contracts';
import { createLogger, InProcessBus, silentLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LeaseTimes } from './domain/judge-leases.js';
import type { LocationRuntime } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { describeChanges, eventsOf, openReplica } from './testing/replica.js';

const waiting = { timeout: 10_000, interval: 20 };
const never = 3_600_000;
/** Leases are judged when the test says so, and a pause between two of its lines is no stall. */
const byHand: LeaseTimes = { graceMs: 60_000, stallMs: never, recoveryMs: 8_000, togetherMs: 1_500 };
const told = new Map<location.ChangeReason, string>([
  [location.ChangeReason.SUSPENDED, 'suspended'],
  [location.ChangeReason.RESTORED, 'restored'],
]);
const { RENEWED, BEGUN_ANEW, SUPERSEDED } = location.LeaseOutcome;

describe.each(testedPostgresVersions())('leases on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let url: string;
  let bus: InProcessBus;
  const replicas: LocationRuntime[] = [];

  const open = async (
    lease: Partial<LeaseTimes> = {},
    o: Partial<Parameters<typeof openReplica>[1]> & { judgeMs?: number } = {},
  ): Promise<LocationRuntime> => {
    const times = { judgeMs: o.judgeMs ?? never, forgetOwnersMs: 0, lease: { ...byHand, ...lease } };
    const replica = await openReplica(url, { bus, ...o, times });
    replicas.push(replica);
    return replica;
  };
  const sql = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const renew = async ({ service }: LocationRuntime, edgeId: string, incarnation = 'i1', ownsPinholes = false) =>
    (await service.renewLease({ edgeId, incarnation, leaseMs: 4_000, ownsPinholes })).outcome;
  /** Binds `<key>@<edge> <transport>` to `sip:<key>@example.org`. */
  const bind = async ({ service }: LocationRuntime, text: string, cseq = 1): Promise<void> => {
    const [, key = '', edgeId = '', transport = ''] = /^(\w+)@(\w+) (\w+)$/.exec(text) ?? [];
    const flow = { token: `${transport}#1`, edgeId, incarnation: 'i1', transport, host: '192.0.2.1', port: 5060 };
    const { outcome } = await service.bind(
      bindRequest(
        register(`call-${key}`, cseq, [contact(key, { flow })], { addressOfRecord: `sip:${key}@example.org` }),
      ),
    );
    expect(outcome?.$case).toBe('ok');
  };
  /** The keys of what a tenant's addresses of record have, with a `-` where it is suspended. */
  const listed = async ({ service }: LocationRuntime): Promise<string> =>
    (await service.list({ tenantId: 't1', pageSize: 1000, pageToken: '' })).addresses
      .flatMap(({ bindings }) => bindings.map((b) => `${b.bindingKey}${b.suspended ? '-' : ''}@${b.flow?.edgeId}`))
      .join(' ');
  const lapse = (...edges: string[]): Promise<unknown> =>
    sql(`update location.flow_owners set lease_until = clock_timestamp() - interval '1 ms' where edge_id = any ($1)`, [
      edges,
    ]);
  const pass = async ({ leases }: LocationRuntime): Promise<void> => {
    await leases.judge();
    await leases.settle();
  };

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

  it('suspends what is bound to connections of a silent edge, restores it when the edge is back, and tells of both', async () => {
    const replica = await open();
    const events = eventsOf(bus);
    await Promise.all([renew(replica, 'e1'), renew(replica, 'e2')]);
    for (const text of ['a@e1 TCP', 'b@e1 WSS', 'c@e2 TLS', 'd@e1 UDP']) await bind(replica, text);
    await pass(replica);
    expect(await listed(replica)).toBe('a@e1 b@e1 c@e2 d@e1');

    await lapse('e1');
    await pass(replica);
    expect(await listed(replica)).toBe('a-@e1 b-@e1 c@e2 d@e1');
    await pass(replica);
    expect(await renew(replica, 'e1')).toBe(RENEWED);
    await pass(replica);
    expect(await listed(replica)).toBe('a@e1 b@e1 c@e2 d@e1');

    const reasons = () =>
      events.flatMap(({ event }) => {
        if (event?.$case !== 'changed') return [];
        const { reason, version: at, bindings } = event.value;
        if (reason === location.ChangeReason.REGISTERED) return [];
        return bindings.map((b) => `${b.bindingKey} ${at} ${told.get(reason)} ${b.suspended}`);
      });
    await vi.waitFor(() => expect(reasons()).toHaveLength(4), waiting);
    expect(reasons().sort()).toEqual([
      'a 2 suspended true',
      'a 3 restored false',
      'b 2 suspended true',
      'b 3 restored false',
    ]);
  });

  it('lets a phone that comes back over another edge keep its new flow', async () => {
    const replica = await open();
    await Promise.all([renew(replica, 'e1'), renew(replica, 'e2')]);
    for (const text of ['a@e1 TCP', 'b@e1 TCP']) await bind(replica, text);
    await lapse('e1');
    await pass(replica);
    await bind(replica, 'a@e2 TCP', 2);
    await pass(replica);
    expect(await listed(replica)).toBe('a@e2 b-@e1');
    await renew(replica, 'e1', 'i2');
    await pass(replica);
    expect(await listed(replica)).toBe('a@e2');
  });

  it('ends with the grace time, with an event, and not before', async () => {
    const replica = await open();
    const events = eventsOf(bus);
    await Promise.all([renew(replica, 'e1'), renew(replica, 'e2')]);
    await bind(replica, 'a@e1 TCP');
    await lapse('e1');
    await pass(replica);
    const suspendedFor = (sec: number) =>
      sql(
        `update location.flow_owners set state_since = clock_timestamp() - make_interval(secs => $1) where edge_id = 'e1'`,
        [sec],
      );
    await suspendedFor(59);
    await pass(replica);
    expect(await listed(replica)).toBe('a-@e1');
    await suspendedFor(60);
    await pass(replica);
    expect(await listed(replica)).toBe('');
    const reason = location.ChangeReason.LEASE_ENDED;
    await vi.waitFor(() => expect(describeChanges(events).at(-1)).toBe(`3 sip:a@example.org 3 ${reason} []`), waiting);
    expect(await sql('select registrations::int from location.registrations')).toEqual([{ registrations: 0 }]);
    expect(await renew(replica, 'e1')).toBe(BEGUN_ANEW);
  });

  it('removes what is bound to a life that another has followed, also what is bound to it late', async () => {
    const replica = await open();
    await renew(replica, 'e1');
    await bind(replica, 'a@e1 TCP');
    expect(await renew(replica, 'e1', 'i2')).toBe(RENEWED);
    await pass(replica);
    expect(await listed(replica)).toBe('');
    await bind(replica, 'b@e1 TCP');
    await pass(replica);
    expect(await listed(replica)).toBe('');
    expect(await renew(replica, 'e1', 'i1')).toBe(SUPERSEDED);
  });

  it('removes at once what is bound to connections of an edge that leaves', async () => {
    const replica = await open();
    await Promise.all([renew(replica, 'e1'), renew(replica, 'e2')]);
    for (const text of ['a@e1 TCP', 'b@e1 UDP', 'c@e2 TCP']) await bind(replica, text);
    await replica.service.endLease({ edgeId: 'e1', incarnation: 'i1' });
    await replica.service.endLease({ edgeId: 'e9', incarnation: 'unknown' });
    await pass(replica);
    expect(await listed(replica)).toBe('b@e1 c@e2');
  });

  it('has pinholes share the lease where an edge owns them', async () => {
    const replica = await open();
    await Promise.all([renew(replica, 'e1', 'i1', true), renew(replica, 'e2')]);
    for (const text of ['a@e1 UDP', 'b@e2 UDP']) await bind(replica, text);
    await lapse('e1');
    await pass(replica);
    expect(await listed(replica)).toBe('a-@e1 b@e2');
    await renew(replica, 'e1', 'i2', true);
    await pass(replica);
    expect(await listed(replica)).toBe('b@e2');
  });

  it('takes nothing away while over a third are silent, and says so once', async () => {
    const lines: { level: string; message: string }[] = [];
    const logger = createLogger({
      service: 'location',
      level: 'info',
      pretty: false,
      write: (line) => lines.push(JSON.parse(line) as { level: string; message: string }),
    });
    const replica = await open({}, { logger });
    const edges = ['e1', 'e2', 'e3', 'e4'];
    for (const edge of edges) {
      await renew(replica, edge);
      await bind(replica, `a${edge}@${edge} TCP`);
    }
    await lapse('e1', 'e3');
    for (let i = 0; i < 3; i++) await pass(replica);
    expect(await listed(replica)).toBe('ae1@e1 ae2@e2 ae3@e3 ae4@e4');
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Too many edges are silent at once/),
    ]);
    await renew(replica, 'e3');
    await pass(replica);
    await pass(replica);
    expect(await listed(replica)).toBe('ae1-@e1 ae2@e2 ae3@e3 ae4@e4');
  });

  it.each(['replicas that all stopped', 'a Postgres that nobody reached'])('doesn’t count a stall: %s', async () => {
    const replica = await open({ stallMs: 1_000 });
    await renew(replica, 'e1');
    await bind(replica, 'a@e1 TCP');
    await replica.leases.judge();
    // As if half a minute had passed in which nobody judged and nobody could renew.
    await sql(`update location.lease_clock set judged_at = judged_at - interval '30 s'`);
    await sql(
      `update location.flow_owners set lease_until = lease_until - interval '30 s', state_since = state_since - interval '30 s'`,
    );
    await pass(replica);
    expect(await listed(replica)).toBe('a@e1');
    const [owner] = await sql(
      `select state, extract(epoch from lease_until - clock_timestamp())::float8 as left from location.flow_owners`,
    );
    expect(owner?.state).toBe('live');
    expect(owner?.left).toBeGreaterThan(7);
  });

  it('judges and settles once, however many replicas do at the same time', async () => {
    const [first, second] = [await open(), await open()];
    await Promise.all([renew(first, 'e1'), renew(second, 'e2')]);
    const events = eventsOf(bus);
    const phones = Array.from({ length: 300 }, (_, i) => `p${i}@e1 TCP`);
    await Promise.all(phones.map((text, i) => bind(i % 2 === 0 ? first : second, text)));
    await lapse('e1');
    await Promise.all([pass(first), pass(second), pass(first), pass(second)]);
    await Promise.all([pass(first), pass(second)]);
    expect((await listed(first)).match(/-@e1/g)).toHaveLength(300);
    const changes = await sql(`select address_of_record from location.changes where reason = 'suspended'`);
    expect(changes).toHaveLength(300);
    await vi.waitFor(() => expect(describeChanges(events)).toHaveLength(600), waiting);
  });

  it('passes over what a replica that was stopped holds, and a lease goes on when it is given up', async () => {
    const replica = await open();
    await renew(replica, 'e1');
    const stopped = new pg.Client({ connectionString: url });
    await stopped.connect();
    await stopped.query('begin');
    await stopped.query('select * from location.lease_clock for update');
    await lapse('e1');
    await pass(replica);
    expect(await sql('select state from location.flow_owners')).toEqual([{ state: 'live' }]);
    await stopped.end();
    await pass(replica);
    expect(await sql('select state from location.flow_owners')).toEqual([{ state: 'suspended' }]);
  });

  it('two lives that begin at once leave one', async () => {
    const [first, second] = [await open(), await open()];
    await Promise.all([renew(first, 'e1', 'i1'), renew(second, 'e1', 'i2'), renew(first, 'e1', 'i3')]);
    const states = await sql('select state, count(*)::int from location.flow_owners group by state order by state');
    expect(states).toEqual([
      { state: 'ended', count: 2 },
      { state: 'live', count: 1 },
    ]);
  });

  it('forgets owners that are long over, and silent ones to which nothing is bound', async () => {
    const replica = await open();
    for (const edge of ['e1', 'e2', 'e3', 'e4', 'e5']) await renew(replica, edge);
    await bind(replica, 'a@e2 TCP');
    await sql(
      `update location.flow_owners set lease_until = clock_timestamp() - interval '2 hours' where edge_id in ('e1', 'e2', 'e3')`,
    );
    await sql(
      `update location.flow_owners set state = 'ended', state_since = clock_timestamp() - interval '8 days' where edge_id = 'e4'`,
    );
    await replica.leases.judge();
    await replica.leases.settle();
    expect(await sql('select edge_id from location.flow_owners order by edge_id')).toEqual([
      { edge_id: 'e2' },
      { edge_id: 'e5' },
    ]);
  });

  it.each<[string, Partial<location.RenewLeaseRequest>, string]>([
    ['no edge', { edgeId: '' }, 'edge_id is missing'],
    ['no incarnation', { incarnation: '' }, 'incarnation is missing'],
    ['a lease too short', { leaseMs: 2_999 }, 'lease_ms is not from 3000 to 60000'],
    ['a lease too long', { leaseMs: 60_001 }, 'lease_ms is not from 3000 to 60000'],
  ])('refuses %s', async (_, over, message) => {
    const { service } = await open();
    const request = { edgeId: 'e1', incarnation: 'i1', leaseMs: 4_000, ownsPinholes: false, ...over };
    await expect(service.renewLease(request)).rejects.toMatchObject({ code: 'invalid', message });
  });

  it('does all of that by itself', async () => {
    const replica = await open({ stallMs: 1_000, graceMs: 1_000 }, { judgeMs: 50 });
    await bind(replica, 'a@e1 TCP');
    await renew(replica, 'e1');
    await lapse('e1');
    await vi.waitFor(async () => expect(await listed(replica)).toBe('a-@e1'), waiting);
    await vi.waitFor(async () => expect(await listed(replica)).toBe(''), waiting);
  });
});
