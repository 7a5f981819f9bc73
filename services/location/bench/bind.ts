/**
 * Binds and lookups a second through the whole service but gRPC: `tsc -b services/location libs/testkit && node services/location/bench/bind.ts`.
 * Prints the rate, the CPU per request of this process and of Postgres with all its processes, and latencies, by callers at once.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { location } from '@ringdown/contracts';
import { createMetrics, InProcessBus, silentLogger, Tracing } from '@ringdown/platform';
import { type PostgresVersion, startPostgres } from '@ringdown/testkit';
import { LocationRuntime } from '../dist/index.js';

const addresses = 20_000;
const runMs = Number(process.env['BENCH_MS'] ?? 8_000);
const version = (process.env['BENCH_POSTGRES'] ?? '18') as PostgresVersion;
const lanes = Number(process.env['BENCH_LANES'] ?? 1);
/** A limit of the tenant's registrations that nothing reaches; 0 is none. */
const maxRegistrations = Number(process.env['BENCH_MAX_REGISTRATIONS'] ?? 0);
const clockTicksASec = 100;

/** CPU of a process and all below it, those that ended included, in milliseconds. */
function treeCpuMs(root: number): number {
  const stats = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [, parent = 0] = fields;
      const ticks =
        (fields[11] ?? 0) + (fields[12] ?? 0) + (Number(name) === root ? (fields[13] ?? 0) + (fields[14] ?? 0) : 0);
      stats.set(Number(name), { parent, ticks });
    } catch {
      // It ended meanwhile.
    }
  }
  let ticks = stats.get(root)?.ticks ?? 0;
  for (const { parent, ticks: own } of stats.values()) if (parent === root) ticks += own;
  return (ticks * 1000) / clockTicksASec;
}

function request(n: number, cseq: number): location.BindRequest {
  const user = `user${n}`;
  return {
    tenantId: `tenant-${n % 20}`,
    addressOfRecord: `sip:${user}@tenant-${n % 20}.example`,
    callId: `${user}-8b1fd0c27a3e@192.0.2.17`,
    cseq,
    contacts: [
      {
        bindingKey: `sip:${user}@192.0.2.17:${1024 + (n % 60_000)};transport=udp`,
        uri: `sip:${user}@192.0.2.17:${1024 + (n % 60_000)};transport=udp`,
        contactParams: '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1',
        expiresSec: 3600,
        qThousandths: undefined,
        instanceId: '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>',
        regId: 1,
        path: ['<sip:4f2a@edge-1.example;lr;ob>'],
        flow: {
          flowToken: '4f2a7be0c1d2',
          edgeId: 'edge-1',
          incarnation: '01J9ZK3V',
          receivedTransport: 'UDP',
          receivedHost: '192.0.2.17',
          receivedPort: 1024 + (n % 60_000),
        },
        userAgent: 'Example Phone 1.2.3',
      },
    ],
    removeAll: false,
    maxContacts: 10,
    maxRegistrations,
  };
}

/** Runs `ask` from many callers at once for the time of a run, and prints a row. */
async function measure(label: string, postgresPid: number, callers: number, ask: () => Promise<void>): Promise<void> {
  const latencies: number[] = [];
  const startedMs = performance.now();
  const endAtMs = startedMs + runMs;
  const cpu = process.cpuUsage();
  const postgresCpuMs = treeCpuMs(postgresPid);
  const caller = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const sentMs = performance.now();
      await ask();
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const tookMs = performance.now() - startedMs;
  const own = process.cpuUsage(cpu);
  const ownUs = (own.user + own.system) / latencies.length;
  const postgresUs = ((treeCpuMs(postgresPid) - postgresCpuMs) * 1000) / latencies.length;
  latencies.sort((a, b) => a - b);
  const percentile = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1);
  process.stdout.write(
    `| ${label} | ${callers} | ${Math.round((latencies.length * 1000) / tookMs)} | ${ownUs.toFixed(0)} | ` +
      `${postgresUs.toFixed(0)} | ${(ownUs + postgresUs).toFixed(0)} | ${percentile(0.5)} | ${percentile(0.99)} |\n`,
  );
}

const logger = silentLogger();
const postgres = await startPostgres({ version });
const runtime = await LocationRuntime.open({
  postgresUrl: await postgres.createDatabase(),
  logger,
  tracing: await Tracing.open({ service: 'location', sampling: 0, key: 'bench', otlpEndpoint: undefined }),
  bus: new InProcessBus({ logger }),
  metrics: createMetrics('location'),
  lanes,
});
let asked = 0;
const bindNext = async (): Promise<void> => {
  const n = asked++;
  const { outcome } = await runtime.service.bind(request(n % addresses, 1 + Math.floor(n / addresses)));
  if (outcome?.$case !== 'ok') throw new Error(`a bind ended as ${String(outcome?.$case)}`);
};
const lookUpNext = async (): Promise<void> => {
  const { tenantId, addressOfRecord } = request(asked++ % addresses, 1);
  const { bindings } = await runtime.service.lookup({ tenantId, addressOfRecord });
  if (bindings.length !== 1) throw new Error(`${addressOfRecord} has ${bindings.length} bindings`);
};
process.stdout.write(
  `Postgres ${version}, ${addresses} addresses of record, ${lanes} lane(s)\n\n` +
    '| | callers | a second | µs CPU node | µs CPU Postgres | µs CPU | p50 ms | p99 ms |\n|---|---|---|---|---|---|---|---|\n',
);
for (let n = 0; n < addresses; n += 1000) await Promise.all(Array.from({ length: 1000 }, bindNext));
for (const callers of [20, 200, 1000, 2000]) await measure('bind', postgres.pid, callers, bindNext);
for (const callers of [20, 200]) await measure('lookup', postgres.pid, callers, lookUpNext);
await runtime.stop();
await postgres.stop();
