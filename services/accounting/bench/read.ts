/**
 * Reads among many records over HTTP, and tells a webhook of some: `npm run build && node services/accounting/bench/read.ts`. BENCH_CALLS records of four days and
 * twenty tenants are put in first, of which one tenant has half. Prints times of the median of several questions, and the export's CPU of this process, which holds
 * the client too.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createServiceContext,
  Health,
  HttpServer,
  InProcessBus,
  Postgres,
  readSettings,
  silentLogger,
} from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { type PostgresVersion, startPostgres } from '@ringdown/testkit';
import { createAccounting } from '../dist/index.js';

const calls = Number(process.env['BENCH_CALLS'] ?? 400_000);
const told = Math.min(calls, 20_000);
const version = (process.env['BENCH_POSTGRES'] ?? '18') as PostgresVersion;
const dayMs = 86_400_000;
const adminToken = 'a-key-for-measuring';
const logger = silentLogger();
const read = readSettings({ RINGDOWN_ADMIN_TOKEN: adminToken, RINGDOWN_WEBHOOK_TARGETS: 'any' });
if (read.kind !== 'settings') throw new Error('the settings are wrong');

const server = await startPostgres({ version });
const postgresUrl = await server.createDatabase();
const bus = new InProcessBus({ logger });
const health = new Health();
const context = await createServiceContext(
  { settings: read.settings, logger, health, bus, grpc: undefined, postgresUrl },
  'accounting',
);
const accounting = await createAccounting(context);
const http = await HttpServer.create({
  logger,
  health,
  registries: () => [],
  parts: [restPart([accounting.rest], { adminToken, logger })],
});
const { port } = await http.listen({ host: '127.0.0.1', port: 0 });
const postgres = new Postgres({
  url: postgresUrl,
  service: 'bench',
  schema: 'accounting',
  logger,
  statementTimeoutMs: 600_000,
});

const firstDay = new Date(Math.floor(Date.now() / dayMs - 5) * dayMs);
const dayOf = (days: number): string => new Date(firstDay.getTime() + days * dayMs).toISOString().slice(0, 10);
for (let day = 0; day < 4; day += 1) {
  await postgres.query(
    `create table accounting."bench_${day}" partition of accounting.call_records for values from ('${dayOf(day)}') to ('${dayOf(day + 1)}')`,
  );
}
await postgres.query(
  `insert into accounting.call_records (tenant_id, started_on, call_key, sip_call_id, originator_tag, trace_id, started_at, answered_at,
     ended_at, duration_ms, state, originating_tenant_id, originating_identity, originating_place_kind, originating_place,
     terminating_tenant_id, terminating_identity, terminating_place_kind, terminating_place, release_cause, release_side, codec, edge_id,
     closed_by, is_marked, updated_at, version, facts_rank, facts_at, session_expires_sec, is_answer_inferred)
   select t, (at at time zone 'UTC')::date, md5(n::text), n || '@bench', 'tag', md5(n::text), at, at + interval '3 s', at + interval '63 s', 60000, 'ended',
     t, 'sip:user-' || n % 1000 || '@' || t || '.example', 'binding', 'sip:user-' || n % 1000 || '@' || t || '.example',
     t, 'sip:user-' || n % 997 || '@' || t || '.example', 'binding', 'sip:user-' || n % 997 || '@' || t || '.example', 'hung-up', 'originator', 'PCMA', 'edge-1',
     'event', false, at, 3, 0, at, 0, false
   from (select n, case when n % 2 = 0 then 'large' else 'tenant-' || n % 19 end as t,
           $1::timestamptz + (n::float8 / $2 * 4) * interval '1 day' as at from generate_series(0, $2::integer - 1) n) calls`,
  [firstDay, calls],
);
await postgres.query('analyze accounting.call_records');

async function ask(path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const range = `from=${dayOf(0)}&to=${dayOf(4)}`;
const key = (
  JSON.parse(await ask(`/v1/tenants/large/call-records?${range}&limit=1`)) as { items: { callKey: string }[] }
).items[0]!.callKey;
const noon = `${dayOf(2)}T12:00:00Z`;
for (const [what, path] of [
  ['a page of 100 of four days', `/v1/tenants/large/call-records?${range}`],
  ['a page of 100 from the middle', `/v1/tenants/large/call-records?from=${noon}&to=${dayOf(4)}`],
  ['a page of 100 of a small tenant', `/v1/tenants/tenant-7/call-records?${range}`],
  ['the calls of one party, of four days', `/v1/tenants/large/call-records?${range}&party=sip:user-8@large.example`],
  [
    'the first rejected one of four days, which there is not',
    `/v1/tenants/large/call-records?${range}&releaseCause=rejected`,
  ],
  ['one by Call-ID', '/v1/tenants/large/call-records?callId=200000@bench'],
  ['one by key', `/v1/tenants/large/call-records/${key}`],
  ['one by Call-ID, of all tenants', '/v1/calls/200000@bench/records'],
  ['calls in progress, which there are not', '/v1/tenants/large/calls'],
] as const) {
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const beganMs = performance.now();
    await ask(path);
    times.push(performance.now() - beganMs);
  }
  print(`${what}: ${times.sort((a, b) => a - b)[4]!.toFixed(1)} ms`);
}

const cpu = process.cpuUsage();
const beganMs = performance.now();
const lines = (await ask(`/v1/tenants/large/call-records.csv?${range}`)).split('\r\n').length - 2;
const tookMs = performance.now() - beganMs;
const used = process.cpuUsage(cpu);
print(
  `an export of ${lines}: ${(lines / tookMs).toFixed(1)} records/ms, ${((used.user + used.system) / lines).toFixed(1)} µs of CPU each`,
);

const expected = Math.min(told, Math.floor(calls / 2));
const allArrived = Promise.withResolvers<void>();
let arrived = 0;
let posts = 0;
const endpoint = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString()) as { data: { records: unknown[] } };
  arrived += body.data.records.length;
  posts += 1;
  response.writeHead(204).end();
  if (arrived >= expected) allArrived.resolve();
});
await new Promise<void>((listening) => endpoint.listen(0, '127.0.0.1', listening));
await fetch(`http://127.0.0.1:${port}/v1/tenants/large/webhooks/bench`, {
  method: 'PUT',
  headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    url: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`,
    secret: `whsec_${Buffer.alloc(32, 'bench').toString('base64')}`,
  }),
});
await postgres.query(
  `insert into accounting.completed_records (tenant_id, started_on, call_key, version, completed_at)
   select tenant_id, started_on, call_key, version, now() from accounting.call_records where tenant_id = 'large' limit $1`,
  [told],
);
const toldAtMs = performance.now();
await allArrived.promise;
const tellingMs = performance.now() - toldAtMs;
print(`told one webhook of ${arrived} in ${posts} posts: ${((arrived / tellingMs) * 1000).toFixed(0)} records/s`);

endpoint.closeAllConnections();
endpoint.close();
await http.stop();
await postgres.close();
await accounting.drain(1000);
await accounting.stop();
await bus.close();
await server.stop();
