import { location } from '@ringdown/contracts';
import {
  createClient,
  createServiceContext,
  GrpcChannel,
  GrpcServer,
  Health,
  InProcessBus,
  type ProcessContext,
  readSettings,
  type ServiceContext,
  silentLogger,
} from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocation, type RunningLocation } from './create-location.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { describeChanges, okOf } from './testing/replica.js';

const alice = { tenantId: 't1', addressOfRecord: 'sip:alice@example.org' };

describe('location over gRPC', { timeout: 60_000 }, () => {
  let postgres: TestPostgres;
  let url: string;
  let context: ServiceContext;
  let grpc: GrpcServer;
  let channel: GrpcChannel;
  let client: location.LocationService;
  let running: RunningLocation;

  const contextOn = (postgresUrl: string | undefined, bus: InProcessBus): Promise<ServiceContext> => {
    const read = readSettings({});
    if (read.kind !== 'settings') throw new Error('the defaults are not valid settings');
    const process: ProcessContext = {
      settings: read.settings,
      logger: silentLogger(),
      health: new Health(),
      bus,
      grpc,
      postgresUrl,
    };
    return createServiceContext(process, 'location');
  };

  beforeAll(async () => {
    postgres = await startPostgres({ version: testedPostgresVersions().at(-1) ?? '18' });
    url = await postgres.createDatabase();
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    grpc = new GrpcServer({ logger: silentLogger() });
    context = await contextOn(url, new InProcessBus({ logger: silentLogger() }));
    running = await createLocation(context);
    channel = new GrpcChannel({ addresses: [await grpc.listen({ host: '127.0.0.1', port: 0 })] });
    client = createClient(location.LocationDefinition, channel);
  });
  afterEach(async () => {
    channel.close();
    await running.drain(1_000);
    await running.stop();
    await grpc.drain(1_000);
    await context.bus.close();
  });

  it('binds, looks up and lists for a client as for the process itself', async () => {
    const item = contact('k1', { qThousandths: 500, path: ['<sip:p;lr>'], contactParams: 'x="\u00e9"' });
    const ok = okOf(await client.bind(bindRequest(register('grpc', 1, [item]))));
    expect(ok.bindings).toMatchObject([
      { bindingKey: 'k1', qThousandths: 500, path: ['<sip:p;lr>'], contactParams: 'x="\u00e9"' },
    ]);
    const [there, here] = [await client.lookup(alice), await running.service.lookup(alice)];
    const lasting = (binding: location.Binding): unknown => ({ ...binding, remainingMs: binding.remainingMs > 0 });
    expect(there.bindings.map(lasting)).toEqual(here.bindings.map(lasting));
    expect(there.version).toBe(here.version);
    expect((await client.list({ tenantId: 't1', pageSize: 0, pageToken: '' })).addresses).toHaveLength(1);
  });

  it('says which field is wrong', async () => {
    const request = bindRequest(register('', 1, [contact('k1')]));
    await expect(client.bind(request)).rejects.toMatchObject({ code: 'invalid', details: { field: 'call_id' } });
  });

  it('streams changes until the watcher leaves, or location stops', async () => {
    const items: location.WatchResponse[] = [];
    const abort = new AbortController();
    const watching = (async () => {
      for await (const item of client.watch({ tenantId: '', afterPosition: 0 }, { signal: abort.signal })) {
        items.push(item);
        if (describeChanges(items).length > 0) break;
      }
    })();
    await client.bind(bindRequest(register('watch', 1, [contact('k1')])));
    await watching;
    expect(describeChanges(items)[0]).toMatch(/^1 sip:alice@example\.org 1 1 \[k1\]$/);
    abort.abort();

    const cut = (async () => {
      for await (const item of client.watch({ tenantId: '', afterPosition: -1 })) items.push(item);
    })();
    const end = cut.catch((error: unknown) => error);
    const heartbeats = (): number => items.filter((item) => item.event?.$case === 'heartbeat').length;
    const before = heartbeats();
    await expect.poll(heartbeats).toBeGreaterThan(before);
    await running.stop();
    expect(await end).toMatchObject({ code: 'unavailable' });
  });

  it('is ready while Postgres is, and shows what it does', async () => {
    expect(await context.health.readiness()).toMatchObject({ ready: true, checks: [{ name: 'location/postgres' }] });
    await client.bind(bindRequest(register('metrics', 1, [contact('k1')])));
    await client.lookup({ ...alice, addressOfRecord: 'sip:nobody@example.org' });
    const text = await context.metrics.metrics();
    expect(text).toMatch(
      /ringdown_location_request_seconds_count\{service="location",method="bind",outcome="bound"\} 1/,
    );
    expect(text).toMatch(
      /ringdown_location_request_seconds_count\{service="location",method="lookup",outcome="not-registered"\} 1/,
    );
    expect(text).toMatch(/ringdown_location_batch_size_sum\{service="location"\} 1/);
    expect(text).toMatch(/ringdown_location_publishes\{service="location"\} 1/);
    expect(text).toMatch(/ringdown_location_bindings\{service="location"\} 1/);
  });

  it('says what is missing without a Postgres', async () => {
    const without = await contextOn(undefined, new InProcessBus({ logger: silentLogger() }));
    await expect(createLocation(without)).rejects.toThrow('set RINGDOWN_POSTGRES_URL');
  });
});
