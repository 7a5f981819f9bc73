import type { location } from '@ringdown/contracts';
import { InProcessBus, noSpan, type SpanParent, type SpanRecorder, silentLogger, Tracing } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocationRuntime } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { describeChanges, eventsOf, okOf, openReplica } from './testing/replica.js';

const waiting = { timeout: 3_000, interval: 10 };
const alice = 'sip:alice@example.org';
const address = { tenantId: 't1', addressOfRecord: alice };

describe.each(testedPostgresVersions())('location on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let url: string;
  let bus: InProcessBus;
  let replica: LocationRuntime;
  let service: location.LocationService;
  const replicas: LocationRuntime[] = [];

  const open = async (o: Parameters<typeof openReplica>[1] = {}): Promise<LocationRuntime> => {
    const opened = await openReplica(url, { bus, ...o });
    replicas.push(opened);
    return opened;
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
  const keys = async (addressOfRecord = alice): Promise<string> =>
    (await service.lookup({ tenantId: 't1', addressOfRecord })).bindings.map((b) => b.bindingKey).join(' ');
  const expireNow = (key: string): Promise<unknown> =>
    sql(`update location.bindings set expires_at = clock_timestamp() - interval '1 ms' where binding_key = $1`, [key]);

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
    bus = new InProcessBus({ logger: silentLogger() });
    replica = await open();
    service = replica.service;
  });
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((each) => each.stop()));
    await bus.close();
  });

  it('keeps all of a binding, and answers and looks up the same', async () => {
    const full = contact('k1', {
      uri: 'sip:alice@[2001:db8::1]:5062;transport=tcp',
      contactParams: '+sip.instance="<urn:uuid:1>";reg-id=2;x="a,\\"b\\" {c} \u00e9\u00ff"',
      qThousandths: 0,
      instanceId: '<urn:uuid:1>',
      regId: 4_294_967_295,
      path: ['<sip:p1.example.org;lr>', '"Quoted, name" <sip:p2.example.org;lr>'],
      userAgent: 'Telefon \u00e4\u00f6\u00fc NULL {}',
      expiresSec: 4_294_967,
    });
    const ok = okOf(await service.bind(bindRequest(register('c1', 2_147_483_647, [full]))));
    expect(ok).toMatchObject({ version: 1, repeated: false });
    const { expiresSec, ...sent } = bindRequest(register('c1', 2_147_483_647, [full])).contacts[0]!;
    const [binding] = ok.bindings;
    expect(binding).toEqual({
      ...sent,
      callId: 'c1',
      cseq: 2_147_483_647,
      remainingMs: expiresSec * 1000,
      updatedAtMs: expect.closeTo(Date.now(), -4),
      suspended: false,
    });
    const found = await service.lookup(address);
    expect(found.version).toBe(1);
    const { remainingMs, ...rest } = found.bindings[0]!;
    expect(rest).toEqual({ ...binding, remainingMs: undefined });
    expect(remainingMs).toBeGreaterThan(expiresSec * 1000 - 10_000);
    expect(remainingMs).toBeLessThanOrEqual(expiresSec * 1000);
  });

  it('knows nothing of an address that was never bound, nor of one tenant in another', async () => {
    await service.bind(bindRequest(register('c1', 1, [contact('k1')])));
    expect(await service.lookup({ ...address, tenantId: 't2' })).toEqual({ version: 0, bindings: [] });
    expect(await service.list({ tenantId: 't2', pageSize: 0, pageToken: '' })).toEqual({
      addresses: [],
      nextPageToken: '',
    });
  });

  it('answers what the rules decide', async () => {
    await service.bind(bindRequest(register('c1', 5, [contact('k1')])));
    const outcomes = [
      register('c1', 5, [contact('k1')]),
      register('c1', 4, [contact('k1')]),
      register('c2', 1, [contact('k2'), contact('k3')], { maxContacts: 2 }),
      register('c1', 6, [contact('k1', { expiresSec: 0 })]),
      register('c1', 5, [contact('k1')]),
    ];
    const answers: unknown[] = [];
    for (const command of outcomes) answers.push((await service.bind(bindRequest(command))).outcome);
    expect(answers).toMatchObject([
      { $case: 'ok', value: { repeated: true, bindings: [{ bindingKey: 'k1' }] } },
      { $case: 'outOfOrder', value: { currentCseq: 5 } },
      { $case: 'tooManyContacts', value: { maxContacts: 2, contacts: 3 } },
      { $case: 'ok', value: { repeated: false, bindings: [] } },
      { $case: 'outOfOrder', value: { currentCseq: 6 } },
    ]);
    await service.bind(bindRequest(register('c3', 1, [contact('k1'), contact('k2')])));
    const removed = okOf(await service.bind(bindRequest(register('c4', 1, '*'))));
    expect(removed.bindings).toEqual([]);
    expect(await keys()).toBe('');
  });

  it.each<[string, Partial<location.BindRequest>, string]>([
    ['no tenant', { tenantId: '' }, 'tenant_id'],
    ['a tenant that is no token', { tenantId: 'a.b' }, 'tenant_id'],
    ['no address of record', { addressOfRecord: '' }, 'address_of_record'],
    ['no Call-ID', { callId: '' }, 'call_id'],
    ['a NUL', { callId: 'a\0b' }, 'call_id'],
    ['no contact', { contacts: [] }, 'contacts'],
    ['* and a contact', { removeAll: true }, 'contacts'],
    ['a CSeq of 2^31', { cseq: 2 ** 31 }, 'cseq'],
  ])('refuses %s, naming the field', async (_, difference, field) => {
    const request = { ...bindRequest(register('c1', 1, [contact('k1')])), ...difference };
    await expect(service.bind(request)).rejects.toMatchObject({ code: 'invalid', details: { field } });
  });

  it('fails a row that Postgres refuses alone, and commits those gathered with it', async () => {
    const users = Array.from({ length: 20 }, (_, n) => `sip:u${n}@example.org`);
    const results = await Promise.allSettled(
      users.map((addressOfRecord, n) => {
        const item = contact(`k${n}`, n === 7 ? { regId: 2 ** 70 } : {});
        return service.bind(bindRequest(register('c1', 1, [item], { addressOfRecord })));
      }),
    );
    expect(results.map((result) => result.status)).toEqual(users.map((_, n) => (n === 7 ? 'rejected' : 'fulfilled')));
    expect(results[7]).toMatchObject({ reason: { code: 'invalid' } });
    expect(await sql('select count(*)::int as bindings from location.bindings')).toEqual([{ bindings: 19 }]);
    expect(await keys(users[7])).toBe('');
  });

  it('unbinds what still uses a flow', async () => {
    await service.bind(bindRequest(register('c1', 1, [contact('k1'), contact('k2')])));
    const flow = { ...address, bindingKey: '', flowToken: 'flow-k1', edgeId: 'e1', incarnation: 'i1' };
    expect((await service.unbind({ ...flow, incarnation: 'i0' })).removed).toBe(0);
    expect((await service.unbind(flow)).removed).toBe(1);
    expect((await service.unbind(flow)).removed).toBe(0);
    expect(await keys()).toBe('k2');
  });

  it('lists by pages', async () => {
    const users = Array.from({ length: 7 }, (_, n) => `sip:u${n}@example.org`);
    await Promise.all(
      users.map((addressOfRecord) => service.bind(bindRequest(register('c', 1, [contact('k')], { addressOfRecord })))),
    );
    const pages: string[][] = [];
    let pageToken = '';
    do {
      const page = await service.list({ tenantId: 't1', pageSize: 3, pageToken });
      pages.push(page.addresses.map((each) => each.addressOfRecord));
      expect(page.addresses.every((each) => each.bindings.length === 1 && each.version === 1)).toBe(true);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(pages).toEqual([users.slice(0, 3), users.slice(3, 6), users.slice(6)]);
    await expect(service.list({ tenantId: 't1', pageSize: 3, pageToken: '!' })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('has a span around the SQL of a request whose trace is sampled, with its outcome', async () => {
    const spans: string[] = [];
    const recorder: SpanRecorder = {
      start: (name: string, parent: SpanParent) => ({
        ...noSpan,
        set: (attribute, value) =>
          void spans.push(`${name} ${parent.traceId.slice(0, 4)} ${attribute}=${String(value)}`),
        end: () => void spans.push(`${name} ended`),
      }),
      flush: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
    const options = { service: 'location', sampling: 1, key: 'test', otlpEndpoint: undefined };
    const traced = await open({ tracing: new Tracing(options, recorder) });
    const sampled = { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` };
    await traced.service.bind(bindRequest(register('c', 1, [contact('k')])), sampled);
    await traced.service.lookup(address, { traceparent: sampled.traceparent.replace(/01$/, '00') });
    await traced.service.lookup(address, {});
    expect(spans).toEqual(['location.bind sql abab ringdown.outcome=bound', 'location.bind sql ended']);
  });

  it('publishes every change with its version and a position without a gap, and its position every second', async () => {
    const events = eventsOf(bus);
    await service.bind(bindRequest(register('c1', 1, [contact('k1')])));
    await service.bind(bindRequest(register('c1', 1, [contact('k1')])));
    await service.bind(bindRequest(register('c2', 1, [contact('k2')])));
    await service.unbind({ ...address, bindingKey: '', flowToken: 'flow-k1', edgeId: 'e1', incarnation: 'i1' });
    await vi.waitFor(() => expect(describeChanges(events)).toHaveLength(3), waiting);
    expect(describeChanges(events)).toEqual([`1 ${alice} 1 1 [k1]`, `2 ${alice} 3 1 [k2 k1]`, `3 ${alice} 4 3 [k2]`]);
    await vi.waitFor(
      () => expect(events.findLast((each) => each.event?.$case === 'heartbeat')?.position).toBe(3),
      waiting,
    );
  });

  it('expires a binding once, however many replicas sweep, and says so once', async () => {
    const events = eventsOf(bus);
    const others = await Promise.all([open({ times: { sweepMs: 5 } }), open({ times: { sweepMs: 5 } })]);
    const users = Array.from({ length: 300 }, (_, n) => `sip:u${n}@example.org`);
    await Promise.all(
      users.map((addressOfRecord) =>
        service.bind(bindRequest(register('c', 1, [contact('short'), contact('long')], { addressOfRecord }))),
      ),
    );
    await expireNow('short');
    await Promise.all([replica, ...others].map((each) => each.sweep.sweep()));
    await vi.waitFor(async () => {
      expect(await sql('select count(*)::int as bindings from location.bindings')).toEqual([{ bindings: 300 }]);
      expect(describeChanges(events)).toHaveLength(600);
    }, waiting);
    const expired = describeChanges(events).filter((line) => line.endsWith(' 2 [long]'));
    expect(new Set(expired.map((line) => line.split(' ')[1])).size).toBe(300);
    expect(expired).toHaveLength(300);
  });

  it('does not expire what is renewed meanwhile', async () => {
    await service.bind(bindRequest(register('c1', 1, [contact('k1')])));
    await expireNow('k1');
    const renewing = service.bind(bindRequest(register('c1', 2, [contact('k1')])));
    await Promise.all([renewing, replica.sweep.sweep()]);
    expect(await keys()).toBe('k1');
  });

  it('forgets a removal after its time, without a change to anybody', async () => {
    const events = eventsOf(bus);
    await service.bind(bindRequest(register('c1', 2, [contact('k1', { expiresSec: 0 })])));
    await expireNow('k1');
    await replica.sweep.sweep();
    expect(await sql('select count(*)::int as rows from location.bindings')).toEqual([{ rows: 0 }]);
    expect((await service.lookup(address)).version).toBe(1);
    await vi.waitFor(() => expect(describeChanges(events)).toHaveLength(1), waiting);
  });

  it('shows watchers what comes after a position, and tells those that are too far behind', async () => {
    const watch = async (after: number, tenantId: string, count: number): Promise<location.WatchResponse[]> => {
      const abort = new AbortController();
      const seen: location.WatchResponse[] = [];
      for await (const item of service.watch({ tenantId, afterPosition: after }, { signal: abort.signal })) {
        seen.push(item);
        if (seen.filter((each) => each.event?.$case !== 'heartbeat').length >= count) break;
      }
      return seen;
    };
    const bindOf = (tenantId: string, n: number): Promise<unknown> =>
      service.bind(bindRequest(register('c', n, [contact('k')], { tenantId })));
    await bindOf('t1', 1);
    await bindOf('t2', 1);
    await bindOf('t1', 2);
    expect(describeChanges(await watch(0, '', 3))).toEqual([
      `1 ${alice} 1 1 [k]`,
      `2 ${alice} 1 1 [k]`,
      `3 ${alice} 2 1 [k]`,
    ]);
    expect(describeChanges(await watch(1, 't1', 1))).toEqual([`3 ${alice} 2 1 [k]`]);
    const live = watch(-1, '', 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await bindOf('t1', 3);
    expect(describeChanges(await live).at(-1)).toMatch(/\[k\]$/);
    expect((await watch(99, '', 1)).map((item) => item.event?.$case)).toEqual(['reset']);
    await sql('delete from location.changes where position < 3');
    const [first, second] = await watch(0, '', 1);
    expect([first?.event?.$case, second]).toEqual(['reset', undefined]);
  });

  it('keeps changes for a time only, and none that was not published', async () => {
    await replica.stop();
    const short = await open({ times: { heartbeatMs: 10, keepChangesMs: 60 } });
    const events = eventsOf(bus);
    await short.service.bind(bindRequest(register('c', 1, [contact('k')])));
    await short.service.bind(bindRequest(register('c', 2, [contact('k')])));
    await vi.waitFor(async () => expect(await sql('select 1 from location.changes')).toEqual([]), waiting);
    expect(describeChanges(events)).toHaveLength(2);
    await short.service.bind(bindRequest(register('c', 3, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events).at(-1)).toBe(`3 ${alice} 3 1 [k]`), waiting);
  });

  it('leaves publishing to another replica when its own bus is away', async () => {
    await replica.stop();
    const broken = new InProcessBus({ logger: silentLogger() });
    await broken.close();
    const first = await open({ bus: broken, times: { heartbeatMs: 50 } });
    await vi.waitFor(() => expect(first.feed.leads).toBe(true), waiting);
    const events = eventsOf(bus);
    await open({ times: { heartbeatMs: 50 } });
    await first.service.bind(bindRequest(register('c', 1, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events)).toEqual([`1 ${alice} 1 1 [k]`]), waiting);
  });

  it('has who publishes called by who commits, however seldom it looks', async () => {
    await replica.stop();
    const first = await open({ times: { leaderPollMs: 60_000, heartbeatMs: 60_000 } });
    await vi.waitFor(() => expect(first.feed.leads).toBe(true), waiting);
    const second = await open();
    const events = eventsOf(bus);
    await second.service.bind(bindRequest(register('c', 1, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events)).toEqual([`1 ${alice} 1 1 [k]`]), waiting);
  });

  it('lets one replica publish, and another one take over without a gap', async () => {
    const events = eventsOf(bus);
    const second = await open({ times: { heartbeatMs: 50, pollMs: 5 } });
    await vi.waitFor(() => expect(replica.feed.leads).toBe(true), waiting);
    expect(second.feed.leads).toBe(false);
    await second.service.bind(bindRequest(register('c', 1, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events)).toHaveLength(1), waiting);
    await sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ringdown-location-publish' and datname = current_database()`,
    );
    await second.service.bind(bindRequest(register('c', 2, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events).at(-1)).toBe(`2 ${alice} 2 1 [k]`), waiting);
    await replica.stop();
    await second.service.bind(bindRequest(register('c', 3, [contact('k')])));
    await vi.waitFor(() => expect(describeChanges(events).at(-1)).toBe(`3 ${alice} 3 1 [k]`), waiting);
    expect(second.feed.leads).toBe(true);
    const positions = [...new Set(describeChanges(events).map((line) => Number(line.split(' ')[0])))];
    expect(positions).toEqual([1, 2, 3]);
  });
});
