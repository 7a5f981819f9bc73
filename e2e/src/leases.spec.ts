import { canRunWith, listBindings, type ServiceProcess, ServicesApart } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawPhone } from './peers/raw-phone.js';

const tenantId = 'acme';
const domain = 'acme.test';
const overTcp = Array.from({ length: 40 }, (_, i) => `tcp${i}`);
const overUdp = Array.from({ length: 5 }, (_, i) => `udp${i}`);
/** An edge's bindings are suspended so long after its last word, at the latest. */
const leaseMs = 5_000;

let apart: ServicesApart;
const phones = new Map<string, RawPhone>();

function passwordOf(username: string): string {
  return `${username}-secret`;
}

/** (Re)connects the phone of that name to an edge and registers it there, as the same device (RFC 5626). */
async function connect(username: string, edge: number): Promise<void> {
  phones.get(username)?.close();
  const phone = await RawPhone.open(apart.sip(edge), username.startsWith('tcp') ? 'TCP' : 'UDP');
  phones.set(username, phone);
  const number = [...overTcp, ...overUdp].indexOf(username);
  const instance = `urn:uuid:00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const answer = await phone.register(username, passwordOf(username), domain, instance);
  expect(answer).toMatch(/^SIP\/2\.0 200 /);
}

/** How the bindings of these users stand, by how many there are of each kind: `edge-2 suspended`. */
async function standing(users: readonly string[]): Promise<Record<string, number>> {
  const listed = await listBindings(apart.locations[0]?.grpc ?? '', tenantId);
  const counts: Record<string, number> = {};
  for (const user of users) {
    const bindings = listed.get(user) ?? [];
    const words = bindings
      .map(({ flow, suspended }) => `${flow?.edgeId}${suspended ? ' suspended' : ''}`)
      .join(' and ');
    counts[words || 'nowhere'] = (counts[words || 'nowhere'] ?? 0) + 1;
  }
  return counts;
}

/** Resolves with the milliseconds that it took for the bindings to stand like that. */
async function untilStanding(
  users: readonly string[],
  expected: Record<string, number>,
  withinMs: number,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const now = await standing(users);
    const tookMs = performance.now() - startedAt;
    if (JSON.stringify(now) === JSON.stringify(expected)) return tookMs;
    if (tookMs > withinMs) throw new Error(`after ${tookMs.toFixed(0)} ms: ${JSON.stringify(now)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The status that a MESSAGE from another phone comes to; the phone of that name answers it if it comes. */
async function message(to: string): Promise<string> {
  const caller = await RawPhone.open(apart.sip(0));
  const from = `sip:caller@${domain}`;
  const credentials = { username: 'caller', password: passwordOf('caller') };
  const phone = phones.get(to) as RawPhone;
  const asked = caller.request('MESSAGE', `sip:${to}@${domain}`, { from, credentials });
  const arrived = phone.message(/^MESSAGE /).then(
    (request) => phone.respond(request, '202 Accepted'),
    () => undefined,
  );
  const answer = await asked;
  caller.close();
  if (answer.startsWith('SIP/2.0 202')) await arrived;
  return answer.slice('SIP/2.0 '.length, 'SIP/2.0 '.length + 3);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function paused(services: readonly ServiceProcess[], ms: number): Promise<void> {
  for (const service of services) service.pause();
  try {
    await pause(ms);
  } finally {
    for (const service of services) service.resume();
  }
}

describe.runIf(canRunWith('nats-server'))('flows and the leases of their owners', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 2, registrars: 1, edges: 2 });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(
      tenantId,
      [...overTcp, ...overUdp, 'caller'].map((name) => [name, passwordOf(name)]),
    );
    for (const user of [...overTcp, ...overUdp]) await connect(user, 1);
  }, 90_000);
  afterAll(async () => {
    for (const phone of phones.values()) phone.close();
    await apart?.stop();
  });

  it('an edge that is stopped for longer than its lease: suspended, and restored when it goes on; no connection is lost', async () => {
    expect(await standing([...overTcp, ...overUdp])).toEqual({ 'edge-2': 45 });
    const edge = apart.edges[1] as ServiceProcess;
    edge.pause();
    const suspendedMs = await untilStanding(overTcp, { 'edge-2 suspended': 40 }, leaseMs + 2_000);
    expect(await standing(overUdp)).toEqual({ 'edge-2': 5 });
    expect(await message('tcp3')).toBe('480');
    await pause(3_000);
    edge.resume();
    const restoredMs = await untilStanding(overTcp, { 'edge-2': 40 }, 3_000);
    process.stdout.write(
      `stopped edge: suspended after ${suspendedMs.toFixed(0)} ms, restored ${restoredMs.toFixed(0)} ms after it went on\n`,
    );
    expect(suspendedMs).toBeLessThan(leaseMs);
    await pause(6_000);
    expect([...phones.values()].filter(({ closed }) => closed)).toEqual([]);
    expect(await standing([...overTcp, ...overUdp])).toEqual({ 'edge-2': 45 });
    expect(await message('tcp3')).toBe('202');
  });

  it.each([
    ['one location', () => apart.locations.slice(0, 1)],
    ['all locations', () => apart.locations],
  ])('%s stopped for twice the lease: nothing is suspended, and no connection is closed', async (_, who) => {
    await paused(who(), 2 * leaseMs);
    for (let i = 0; i < 20; i++) {
      expect(await standing([...overTcp, ...overUdp])).toEqual({ 'edge-2': 45 });
      await pause(250);
    }
    expect([...phones.values()].filter(({ closed }) => closed)).toEqual([]);
    expect(await message('tcp5')).toBe('202');
  });

  it('a phone that hangs up its connection is bound no longer', async () => {
    phones.get('tcp0')?.close();
    await untilStanding(['tcp0'], { nowhere: 1 }, 2_000);
    expect(await message('tcp0')).toBe('480');
    await connect('tcp0', 1);
    expect(await message('tcp0')).toBe('202');
  });

  it('an edge that is killed: suspended within the lease, bound where phones come back, and gone with its next life', async () => {
    await apart.edges[1]?.kill9();
    const suspendedMs = await untilStanding(overTcp, { 'edge-2 suspended': 40 }, leaseMs + 2_000);
    process.stdout.write(`killed edge: 40 connections suspended after ${suspendedMs.toFixed(0)} ms\n`);
    expect(suspendedMs).toBeLessThan(leaseMs);
    expect(await message('tcp1')).toBe('480');
    // Any edge reaches a pinhole, which the one where the phone next registers adopts. (The phone's answer goes to where it registered.)
    const caller = await RawPhone.open(apart.sip(0));
    const credentials = { username: 'caller', password: passwordOf('caller') };
    const options = { from: `sip:caller@${domain}`, credentials };
    caller.request('MESSAGE', `sip:udp1@${domain}`, options).catch(() => undefined);
    expect(await phones.get('udp1')?.message(/^MESSAGE /)).toContain('udp1');
    caller.close();
    expect(await standing(['udp1'])).toEqual({ 'edge-2': 1 });
    const [back, away] = [overTcp.slice(0, 20), overTcp.slice(20)];
    for (const user of [...back, 'udp1']) await connect(user, 0);
    expect(await standing([...back, 'udp1'])).toEqual({ 'edge-1': 21 });
    expect(await message('tcp1')).toBe('202');
    await apart.edges[1]?.restart();
    await untilStanding(away, { nowhere: 20 }, 3_000);
    expect(await standing([...back, 'udp1', 'udp2'])).toEqual({ 'edge-1': 21, 'edge-2': 1 });
    expect(await message('tcp1')).toBe('202');
  });
});
