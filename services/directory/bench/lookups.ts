/**
 * Asks for subscribers that nobody has asked for before, as when many phones register at once:
 * `tsc -b services/directory libs/testkit && node services/directory/bench/lookups.ts`. Prints, for rates of lookups and for as many at
 * once as there can be, how many were answered and refused, how long they took, and this process's CPU for each (Postgres's is not in
 * it).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createServiceContext, Health, HttpServer, InProcessBus, readSettings, silentLogger } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { startPostgres } from '@ringdown/testkit';
import { createDirectory } from '../dist/index.js';

const subscribers = 20_000;
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

async function send(method: string, path: string, contentType: string, body: string): Promise<void> {
  const headers = { authorization: 'Bearer a-key-for-measuring', 'content-type': contentType };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
  if (!response.ok) throw new Error(await response.text());
}

await send('PUT', '/v1/tenants/bench', 'application/json', '{"canonicalDomain":"bench.example"}');
const lines = Array.from({ length: subscribers }, (_, index) => `user-${index},password-${index}`);
await send('POST', '/v1/tenants/bench/subscribers:import', 'text/csv', ['username,password', ...lines].join('\n'));

let asked = 0;
let tooks: number[] = [];
const refusals = new Map<string, number>();
async function ask(): Promise<void> {
  asked += 1;
  const startedMs = performance.now();
  try {
    const { subscriber } = await directory.service.getSubscriber(
      { tenantId: 'bench', username: `user-${asked % subscribers}` },
      { timeoutMs: 2_000 },
    );
    if (subscriber === undefined) throw new Error('not found');
    tooks.push(performance.now() - startedMs);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    refusals.set(code, (refusals.get(code) ?? 0) + 1);
  }
}

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  tooks = [];
  refusals.clear();
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const used = process.cpuUsage(cpu);
  const tookMs = performance.now() - startedMs;
  tooks.sort((a, b) => a - b);
  const at = (share: number) => (tooks[Math.floor(tooks.length * share)] ?? 0).toFixed(1);
  const refused = [...refusals].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
  process.stdout.write(
    `${name}: ${tooks.length} answered in ${tookMs.toFixed(0)} ms (${((tooks.length / tookMs) * 1000).toFixed(0)}/s), refused: ${refused}; ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${((used.user + used.system) / Math.max(1, tooks.length)).toFixed(0)} µs of CPU each\n`,
  );
}

/** `perSec` lookups a second for three seconds, in bursts of 10 ms. */
async function atRate(perSec: number): Promise<void> {
  const startedMs = performance.now();
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < perSec * 3; ) {
    const due = Math.min(perSec * 3, Math.floor(((performance.now() - startedMs) / 1000) * perSec));
    for (; sent < due; sent += 1) pending.push(ask());
    await pause(10);
  }
  await Promise.all(pending);
}

await measure('warm-up', () => atRate(500));
for (const perSec of [800, 2_000, 5_000]) await measure(`${perSec}/s`, () => atRate(perSec));
for (const atOnce of [1_000, 5_000]) {
  await measure(`${atOnce} at once`, async () => {
    await Promise.all(Array.from({ length: atOnce }, ask));
  });
}
await server.stop();
await directory.drain(1000);
await directory.stop();
await bus.close();
await postgres.stop();
