import {
  Baresip,
  type BaresipOptions,
  canRunWith,
  freePorts,
  listBindings,
  ServicesApart,
  Sipp,
  sippRow,
} from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const tenantId = 'acme';
const domain = 'acme.test';
const loadSec = Number(process.env['E2E_LOAD_SECONDS'] ?? 20);
const callsPerSecPerEdge = 25;
/** Long enough that more than 200 callers, each with a port of its own, talk at the same time. */
const talkMs = 5_000;
const calleesPerEdge = 50;
const callersPerEdge = loadSec * callsPerSecPerEdge;
const heard = 4_000;
const silent = 200;

let apart: ServicesApart;

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function passwordOf(username: string): string {
  return `${username}-secret`;
}

function row(username: string, ...further: string[]): readonly string[] {
  return sippRow(username, passwordOf(username), domain, ...further);
}

describe.runIf(canRunWith('nats-server', 'sipp', 'baresip'))('services in processes of their own', () => {
  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 2, registrars: 2, edges: 2 });
    // Digest with MD5 is all that sipp knows.
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    const names = [0, 1].flatMap((edge) => [
      ...numbered(`callee${edge}-`, calleesPerEdge),
      ...numbered(`caller${edge}-`, callersPerEdge),
    ]);
    await apart.operator.importSubscribers(
      tenantId,
      [...names, 'anna', 'ben'].map((name) => [name, passwordOf(name)]),
    );
  });
  afterAll(() => apart?.stop());

  it(`${2 * callsPerSecPerEdge} calls/s for ${loadSec} s, half of them through each edge to phones at the other, none failed`, {
    timeout: loadSec * 1_000 + 60_000,
  }, async () => {
    const calleePorts = [await freePorts(1), await freePorts(1)];
    const registering = calleePorts.map((port, edge) =>
      Sipp.start({
        scenario: 'register.xml',
        proxy: apart.sip(edge),
        rows: numbered(`callee${edge}-`, calleesPerEdge).map((name) => row(name)),
        port,
      }),
    );
    const registered = await Promise.all(registering.map((sipp) => sipp.finished(20_000)));
    expect(registered.map(({ successful, failed }) => [successful, failed])).toEqual([
      [calleesPerEdge, 0],
      [calleesPerEdge, 0],
    ]);
    const callees = calleePorts.map((port, edge) =>
      Sipp.start({ scenario: 'callee.xml', proxy: apart.sip(edge), port }),
    );

    const startedAt = performance.now();
    const callers = [0, 1].map((edge) =>
      Sipp.start({
        scenario: 'phone.xml',
        proxy: apart.sip(edge),
        rows: numbered(`caller${edge}-`, callersPerEdge).map((name, index) =>
          row(name, `callee${1 - edge}-${index % calleesPerEdge}`),
        ),
        port: 'one-for-each-call',
        callsPerSec: callsPerSecPerEdge,
        talkMs,
      }),
    );
    const called = await Promise.all(callers.map((sipp) => sipp.finished(loadSec * 1_000 + 40_000)));
    const tookSec = (performance.now() - startedAt - talkMs) / 1_000;

    const bindings = await listBindings(apart.locations[0]?.grpc ?? '', tenantId);
    const callerBindings = [...bindings].filter(([name]) => name.startsWith('caller')).flatMap(([, bound]) => bound);
    const ports = new Set(callerBindings.map((binding) => binding.flow?.receivedPort));
    const calls = called.reduce((sum, { successful }) => sum + successful, 0);
    process.stdout.write(
      `calls: ${calls} in ${tookSec.toFixed(1)} s (${(calls / tookSec).toFixed(1)}/s), failed ${called.map((each) => each.failed).join(' + ')}, ` +
        `retransmissions ${called.map((each) => each.retransmissions).join(' + ')}, source ports ${ports.size}\n`,
    );
    await Promise.all([...registering, ...callers, ...callees].map((sipp) => sipp.stop()));

    expect(called.map(({ created, successful, failed }) => [created, successful, failed])).toEqual([
      [callersPerEdge, callersPerEdge, 0],
      [callersPerEdge, callersPerEdge, 0],
    ]);
    expect(callerBindings).toHaveLength(2 * callersPerEdge);
    expect(ports.size).toBeGreaterThanOrEqual(200);
    // sipp begins its calls a little late when the machine is busy, so the rate is checked with a margin.
    expect(calls / tookSec).toBeGreaterThan(2 * callsPerSecPerEdge * 0.9);
  });

  it.each(['caller', 'callee'] as const)(
    'a phone on TCP at edge 1 is called from UDP at edge 2, both hear each other, and the %s hangs up',
    async (whoEnds) => {
      const phones: Baresip[] = [];
      const phone = async (username: string, options: Pick<BaresipOptions, 'proxy' | 'transport' | 'toneHertz'>) => {
        const address = `${username}@${domain}`;
        const started = await Baresip.start({ address, password: passwordOf(username), answer: 'auto', ...options });
        phones.push(started);
        await started.registered();
        return started;
      };
      try {
        const anna = await phone('anna', { proxy: apart.sip(0), transport: 'tcp', toneHertz: 440 });
        const ben = await phone('ben', { proxy: apart.sip(1), transport: 'udp', toneHertz: 880 });
        ben.command('dial', `sip:${anna.options.address}`);
        await Promise.all([ben.event('CALL_ESTABLISHED'), anna.event('CALL_ESTABLISHED')]);
        await Promise.all([ben.listen(2), anna.listen(2)]);
        expect(ben.heard(440)).toBeGreaterThan(heard);
        expect(anna.heard(880)).toBeGreaterThan(heard);
        expect(ben.heard(880)).toBeLessThan(silent);
        expect(anna.heard(440)).toBeLessThan(silent);
        const [ending, other] = whoEnds === 'caller' ? [ben, anna] : [anna, ben];
        ending.command('hangup');
        await other.event('CALL_CLOSED', { timeoutMs: 5_000 });
      } finally {
        await Promise.all(phones.map((each) => each.stop()));
      }
    },
  );
});
