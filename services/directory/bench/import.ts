/**
 * Imports 100,000 subscribers over HTTP: `tsc -b services/directory libs/testkit && node services/directory/bench/import.ts`.
 * Prints the time and this process's CPU for new, changed and unchanged subscribers, and for how long the event loop, which also
 * carries calls where all services share a process, was held at most. The client that sends is in this process too.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createServiceContext, Health, HttpServer, InProcessBus, readSettings, silentLogger } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { startPostgres } from '@ringdown/testkit';
import { createDirectory } from '../dist/index.js';

const lines = Number(process.env['BENCH_LINES'] ?? 100_000);
const logger = silentLogger();
const read = readSettings({ RINGDOWN_ADMIN_TOKEN: 'a-key-for-measuring' });
if (read.kind !== 'settings') throw new Error('the settings are wrong');

const postgres = await startPostgres({ version: '18' });
const health = new Health();
const bus = new InProcessBus({ logger });
const context = await createServiceContext(
  { settings: read.settings, logger, health, bus, grpc: undefined, postgresUrl: await postgres.createDatabase() },
  'directory',
);
const directory = await createDirectory(context);
const server = await HttpServer.create({
  logger,
  health,
  registries: () => [],
  parts: [restPart([directory.rest], { adminToken: 'a-key-for-measuring', logger })],
});
const { port } = await server.listen({ host: '127.0.0.1', port: 0 });

async function send(method: string, path: string, contentType: string, body: string): Promise<string> {
  const headers = { authorization: 'Bearer a-key-for-measuring', 'content-type': contentType };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

await send('PUT', '/v1/tenants/bench', 'application/json', '{"canonicalDomain":"bench.example"}');
for (const password of ['first', 'second', 'second']) {
  const rows = Array.from({ length: lines }, (_, index) => `user-${index},${password}-${index}`);
  const csv = ['username,password', ...rows].join('\n');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const result = await send('POST', '/v1/tenants/bench/subscribers:import', 'text/csv', csv);
  const used = process.cpuUsage(cpu);
  delay.disable();
  const tookMs = performance.now() - startedMs;
  const cpuMs = (used.user + used.system) / 1000;
  process.stdout.write(
    `${result}: ${tookMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU here, ${((cpuMs * 1000) / lines).toFixed(1)} µs a line; ` +
      `event loop held ${(delay.max / 1e6).toFixed(0)} ms at most, ${(delay.percentile(99) / 1e6).toFixed(0)} ms at p99\n`,
  );
}
await server.stop();
await directory.drain(1000);
await directory.stop();
await bus.close();
await postgres.stop();
