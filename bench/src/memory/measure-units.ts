import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts, Sipp, sippRow } from '@ringdown/testbed';
import { ownScenario } from '../load/scenario.js';
import { subscribers } from '../load/subscribers.js';
import type { BenchSession } from '../measure/bench-session.js';
import { pin } from '../measure/cores.js';
import { inParallel, openLocation } from '../scale/location-client.js';
import { type RingdownSystem, startRingdown, tenantId, trunkDomain } from '../systems/ringdown.js';
import { bytesPerUnit, FootprintReader, type Footprints } from './footprint.js';
import { inspectable } from './process-inspector.js';
import { RingingCalls } from './ringing-calls.js';

export interface UnitOptions {
  readonly registrations: number;
  readonly transactions: number;
  readonly connections: number;
  /** How long what has ended may be remembered before memory is read. */
  readonly settleSeconds: number;
}

/** What one thing of a kind costs. */
export interface UnitMeasurement {
  readonly what: string;
  readonly units: number;
  /** Bytes for each, by service. */
  readonly perUnit: Footprints;
}

const watched = ['edge-proxy', 'registrar', 'location'];
const registrationsPerSec = 200;
const callees = 100;
const atOnce = 16;

/** Measures bytes for each idle registration, open call and TCP connection, on a platform of its own. */
export async function measureUnits(options: UnitOptions, session: BenchSession): Promise<readonly UnitMeasurement[]> {
  const trunkPort = await freePorts(1);
  // Twice as many: the first half makes code hot and tables grow, the second is measured.
  const phones = subscribers('phone', 2 * options.registrations);
  const system = await startRingdown({ name: 'ringdown', subscribers: phones, trunkPort, environment: inspectable });
  for (const { pid } of system.parts) pin(pid, session.cores.system);
  const reader = await FootprintReader.open(system, watched);
  const settle = () => delay(options.settleSeconds * 1_000);
  try {
    session.say(`registering ${options.registrations} phones twice`);
    await register(system, phones.slice(0, options.registrations), session);
    await settle();
    const unregistered = await reader.read();
    await register(system, phones.slice(options.registrations), session);
    await settle();
    const registered = await reader.read();
    session.say(`ringing ${options.transactions} calls twice`);
    const [silent, ringing] = await ring(system, trunkPort, options.transactions, reader, settle);
    session.say(`connecting ${options.connections} times twice`);
    const [unconnected, connected] = await connectTo(system, options.connections, reader);
    const measured = (what: string, units: number, before: Footprints, after: Footprints) => ({
      what,
      units,
      perUnit: bytesPerUnit(before, after, units),
    });
    return [
      measured('idle registration, from a port of its own', options.registrations, unregistered, registered),
      measured('ringing call: a server and a client transaction', options.transactions, silent, ringing),
      measured('established TCP connection', options.connections, unconnected, connected),
    ];
  } finally {
    reader.close();
    await system.stop();
  }
}

async function register(
  { sip: proxy, domain }: RingdownSystem,
  phones: readonly (readonly [username: string, password: string])[],
  { cores }: BenchSession,
): Promise<void> {
  const rows = phones.map(([username, password]) => sippRow(username, password, domain));
  const scenario = ownScenario('register.xml');
  const sipp = Sipp.start({ scenario, proxy, rows, port: 'one-for-each-call', callsPerSec: registrationsPerSec });
  pin(sipp.pid, cores.load);
  try {
    await sipp.finished((rows.length / registrationsPerSec) * 1_000 + 30_000);
  } finally {
    await sipp.stop();
  }
}

/** Before and while calls ring, the second time. */
async function ring(
  system: RingdownSystem,
  trunkPort: number,
  calls: number,
  reader: FootprintReader,
  settle: () => Promise<unknown>,
): Promise<readonly [Footprints, Footprints]> {
  const ringing = await RingingCalls.open(system.sip, trunkPort);
  try {
    const location = openLocation(system.apart.locations[0]?.grpc ?? '', tenantId);
    const addressOf = (index: number): string => `callee${index % callees}@${system.domain}`;
    await inParallel(callees, atOnce, (index) =>
      location.bind(`sip:${addressOf(index)}`, ringing.contactOf(`callee${index}`)),
    );
    location.close();
    await ringing.ring(calls, addressOf, trunkDomain);
    await ringing.decline();
    await settle();
    const before = await reader.read();
    await ringing.ring(calls, addressOf, trunkDomain);
    const during = await reader.read();
    await ringing.decline();
    return [before, during];
  } finally {
    ringing.close();
  }
}

/** Before and with the second half of the connections. */
async function connectTo(
  system: RingdownSystem,
  connections: number,
  reader: FootprintReader,
): Promise<readonly [Footprints, Footprints]> {
  const [host = '', port = ''] = system.sip.split(':');
  const open: Socket[] = [];
  const openMore = (): Promise<void> =>
    inParallel(connections, atOnce, async () => {
      const socket = connect(Number(port), host);
      open.push(socket);
      await once(socket, 'connect');
    });
  try {
    await openMore();
    await delay(500);
    const before = await reader.read();
    await openMore();
    await delay(500);
    return [before, await reader.read()];
  } finally {
    for (const socket of open) socket.destroy();
  }
}
