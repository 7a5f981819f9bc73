/**
 * What a dead edge costs: `tsc -b services/location libs/testkit && node services/location/bench/leases.ts 50000`.
 * Suspends, restores and removes so many bindings of one edge while phones register, and prints how long each takes, and how long the phones wait.
 */
import { performance } from 'node:perf_hooks';
import type { location } from '@ringdown/contracts';
import { createMetrics, InProcessBus, silentLogger, Tracing } from '@ringdown/platform';
import { type PostgresVersion, startPostgres } from '@ringdown/testkit';
import pg from 'pg';
import { defaultTimes, LocationRuntime } from '../dist/index.js';

const bindings = Number(process.argv[2] ?? 50_000);
const version = (process.env['BENCH_POSTGRES'] ?? '18') as PostgresVersion;
const registrationsPerSec = 200;
const tenants = 20;

function request(n: number, edgeId: string, cseq: number): location.BindRequest {
  const user = `user${n}`;
  return {
    tenantId: `tenant-${n % tenants}`,
    addressOfRecord: `sip:${user}@tenant-${n % tenants}.example`,
    callId: `${user}-8b1fd0c27a3e@192.0.2.17`,
    cseq,
    contacts: [
      {
        bindingKey: '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>1',
        uri: `sip:${user}@192.0.2.17:${1024 + (n % 60_000)};transport=tcp`,
        contactParams: '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1',
        expiresSec: 3600,
        qThousandths: undefined,
        instanceId: '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>',
        regId: 1,
        path: [],
        flow: {
          flowToken: `tcp#${n}`,
          edgeId,
          incarnation: 'i1',
          receivedTransport: 'TCP',
          receivedHost: '192.0.2.17',
          receivedPort: 1024 + (n % 60_000),
        },
        userAgent: 'phone/1.0',
      },
    ],
    removeAll: false,
    maxContacts: 0,
  };
}

const server = await startPostgres({ version });
const url = await server.createDatabase();
const logger = silentLogger();
const runtime = await LocationRuntime.open({
  postgresUrl: url,
  logger,
  tracing: await Tracing.open({ service: 'location', sampling: 0, key: 'bench', otlpEndpoint: undefined }),
  bus: new InProcessBus({ logger }),
  metrics: createMetrics('location'),
  // Judged when this says so.
  times: { judgeMs: 3_600_000, lease: { ...defaultTimes.lease, stallMs: 3_600_000 } },
});
const { service, leases } = runtime;
const sql = new pg.Client({ connectionString: url });
await sql.connect();
const renew = (edgeId: string, incarnation = 'i1') =>
  service.renewLease({ edgeId, incarnation, leaseMs: 60_000, ownsPinholes: false });

try {
  await Promise.all([renew('e1'), renew('e2')]);
  for (let n = 0; n < bindings; n += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, bindings - n) }, (_, i) =>
      service.bind(request(n + i, 'e1', 1)),
    );
    await Promise.all(batch);
  }
  await sql.query('vacuum analyze location.bindings');

  const phase = async (what: string, before: () => Promise<unknown>, only = true): Promise<void> => {
    await before();
    const waits: number[] = [];
    const registering = new Set<Promise<void>>();
    let phone = bindings;
    const timer = setInterval(() => {
      phone += 1;
      const startedMs = performance.now();
      const bound = service.bind(request(phone, 'e2', 1)).then(() => {
        waits.push(performance.now() - startedMs);
        registering.delete(bound);
      });
      registering.add(bound);
    }, 1000 / registrationsPerSec);
    const startedMs = performance.now();
    if (only) {
      await leases.judge();
      await leases.settle();
    } else {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    const tookMs = performance.now() - startedMs;
    clearInterval(timer);
    await Promise.all(registering);
    waits.sort((a, b) => a - b);
    const at = (share: number): string => (waits[Math.floor((waits.length - 1) * share)] ?? 0).toFixed(1);
    process.stdout.write(
      `${what}: ${(tookMs / 1000).toFixed(2)} s; ${waits.length} registrations meanwhile: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`,
    );
  };
  await phase('nothing', async () => {}, false);
  await phase(`${bindings} suspended`, () =>
    sql.query(`update location.flow_owners set lease_until = clock_timestamp() where edge_id = 'e1'`),
  );
  await phase('nothing to do, all suspended', () => leases.settle());
  await phase(`${bindings} restored`, () => renew('e1'));
  await phase(`${bindings} removed`, () => renew('e1', 'i2'));
} finally {
  await sql.end();
  await runtime.stop();
  await server.stop();
}
