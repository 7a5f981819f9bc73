import { freePorts } from '@ringdown/testbed';
import pg from 'pg';
import type { BenchSession } from '../measure/bench-session.js';
import { pin } from '../measure/cores.js';
import { cpuMicrosBetween, cpuTimeOf } from '../measure/cpu-time.js';
import { residentBytes } from '../measure/resident-memory.js';
import { type Percentiles, percentilesOf } from '../measure/statistics.js';
import { type RingdownSystem, startRingdown, tenantId, trunkDomain } from '../systems/ringdown.js';
import { inParallel, openLocation } from './location-client.js';
import { RouteProber } from './route-prober.js';

/** What so many bindings cost. */
export interface BindingsMeasurement {
  readonly bindings: number;
  readonly loadSec: number;
  /** Of location and Postgres, for each binding written. */
  readonly loadMicrosPerBinding: number;
  readonly locationBytes: number;
  readonly databaseBytes: number;
  /** An edge's memory before it knew any binding, and after it was asked for `cached` of them. */
  readonly edgeBytesBefore: number;
  readonly edgeBytesAfter: number;
  readonly cached: number;
  /** From a request's sending to its arrival at the phone, for addresses that the edge is asked for the first and the second time. */
  readonly coldMs: Percentiles | undefined;
  readonly warmMs: Percentiles | undefined;
  /** From the moment when all are due until none is left. */
  readonly expirySec: number;
  readonly expiryMicrosPerBinding: number;
}

export interface BindingsOptions {
  /** How many addresses are asked for one after the other, cold and warm. */
  readonly probes: number;
  /** How many addresses the edge is asked for at the most before its memory is read: more than it keeps shows that it doesn't keep more. */
  readonly cacheLookups: number;
  /** How long what has ended may be remembered (RFC 3261's timer J is 32 s) before memory is read. */
  readonly settleSeconds: number;
}

const bindsAtOnce = 256;
const pollMs = 500;
const cachedAtOnce = 16;

/** Loads bindings into an empty platform, looks some of them up through an edge, and lets all expire. */
export async function measureBindings(
  bindings: number,
  { probes, cacheLookups, settleSeconds }: BindingsOptions,
  session: BenchSession,
): Promise<BindingsMeasurement> {
  const trunkPort = await freePorts(1);
  const system = await startRingdown({ name: 'ringdown', subscribers: [], trunkPort });
  for (const { pid } of system.parts) pin(pid, session.cores.system);
  const prober = await RouteProber.open(system.sip, trunkPort);
  try {
    session.say(`${bindings} bindings: loading`);
    const { tookSec: loadSec, micros: loadMicros } = await spending(system, () => load(system, bindings, prober));
    const locationBytes = bytesOf(system, 'location');
    const edgeBytesBefore = bytesOf(system, 'edge-proxy');
    const databaseBytes = await query(system, 'select pg_database_size(current_database())');
    session.say(`${bindings} bindings: loaded in ${loadSec.toFixed(1)} s; looking up`);
    // The first few make connections and hot code, which is not what is asked.
    const warmUp = Math.min(bindings, 200);
    for (let index = 0; index < warmUp; index += 1) await prober.delayMs(username(index), system.domain, trunkDomain);
    const sample = Math.min(probes, bindings - warmUp);
    const step = (bindings - warmUp) / sample;
    const asked = Array.from({ length: sample }, (_, index) => username(warmUp + Math.floor(index * step)));
    const cold = await delays(prober, system, asked);
    const warm = await delays(prober, system, asked);
    const cached = Math.min(bindings, cacheLookups);
    await inParallel(cached, cachedAtOnce, async (index) => {
      await prober.delayMs(username(index), system.domain, trunkDomain);
    });
    await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1_000));
    const edgeBytesAfter = bytesOf(system, 'edge-proxy');
    session.say(`${bindings} bindings: expiring`);
    await query(
      system,
      'with due as (update location.bindings set expires_at = now() returning 1) select count(*) from due',
    );
    const { tookSec: expirySec, micros: expiryMicros } = await spending(system, () => allExpired(system));
    return {
      bindings,
      loadSec,
      loadMicrosPerBinding: loadMicros / bindings,
      locationBytes,
      databaseBytes,
      edgeBytesBefore,
      edgeBytesAfter,
      cached,
      coldMs: percentilesOf(cold),
      warmMs: percentilesOf(warm),
      expirySec,
      expiryMicrosPerBinding: expiryMicros / bindings,
    };
  } finally {
    prober.close();
    await system.stop();
  }
}

function username(index: number): string {
  return `phone${index}`;
}

async function load(system: RingdownSystem, bindings: number, prober: RouteProber): Promise<void> {
  const location = openLocation(system.apart.locations[0]?.grpc ?? '', tenantId);
  try {
    await inParallel(bindings, bindsAtOnce, (index) =>
      location.bind(`sip:${username(index)}@${system.domain}`, prober.contactOf(username(index))),
    );
  } finally {
    location.close();
  }
}

async function delays(prober: RouteProber, system: RingdownSystem, usernames: readonly string[]): Promise<number[]> {
  const measured: number[] = [];
  for (const name of usernames) measured.push(await prober.delayMs(name, system.domain, trunkDomain));
  return measured;
}

async function allExpired(system: RingdownSystem): Promise<void> {
  for (;;) {
    const left = await query(
      system,
      'select count(*) from (select from location.bindings where not removed limit 1) as one',
    );
    if (left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** What location and Postgres spend on an action, and how long it takes. */
async function spending(
  system: RingdownSystem,
  action: () => Promise<void>,
): Promise<{ tookSec: number; micros: number }> {
  const parts = system.parts.filter(({ name }) => name === 'location' || name === 'postgres');
  const before = parts.map(({ pid }) => cpuTimeOf(pid));
  const startedAt = performance.now();
  await action();
  const tookSec = (performance.now() - startedAt) / 1_000;
  const micros = parts.map(({ pid }, index) => cpuMicrosBetween(before[index] ?? cpuTimeOf(pid), cpuTimeOf(pid)));
  return { tookSec, micros: micros.reduce((sum, each) => sum + each, 0) };
}

function bytesOf(system: RingdownSystem, part: string): number {
  return system.parts.filter(({ name }) => name === part).reduce((sum, { pid }) => sum + residentBytes(pid), 0);
}

/** The first column of the first row, of the database that the services use. */
async function query(system: RingdownSystem, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: system.apart.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return Number(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}
