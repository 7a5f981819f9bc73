import { canRunField, Field, type LoadReport, listBindings, monotonicMs, stall } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Crowd, crowdTenant, makeCrowd, startLoad } from './peers/crowd.js';

const callsPerSec = 10;
const durationSec = 30;
const faultAfterMs = 4_000;
/** Longer than a lease, and than the silence after which an edge revalidates what it knows. */
const faultMs = 8_000;
/** From the healing on; connections between pods that were cut are tried anew within this. */
const recoveryMs = 8_000;
/** TCP sends again at growing intervals, so an edge hears events again a while after the network is well. */
const streamRecoveryMs = 10_000;
/** What a phone may be told while a part of the platform can't be reached. Anything else would be an answer that isn't true. */
const honest =
  /^(?:INVITE|BYE from the (?:caller|callee)): (?:408|480|482|500|503|504|timeout|no answer|connection lost|not connected)$|^rang, but there was no answer$/;

interface Fault {
  readonly what: string;
  /** Does it, and returns what mends it. */
  readonly happens: (field: Field) => Promise<() => Promise<void> | void>;
}

const edge = (field: Field, number: number) => field.edges[number - 1]!.host;
const location = (field: Field) => field.locations[0]!.host;
const network = (what: string, makes: (field: Field) => Promise<void>): Fault => ({
  what,
  happens: async (field) => {
    await makes(field);
    return () => field.faults.heal();
  },
});

/** One of those that also run in the short form. */
const short = (fault: Fault) => ({ ...fault, isShort: true as const });

/** The full form, with every fault: E2E_FAULTS=all npx vitest run --config e2e/vitest.long.config.ts many-edges-partitions */
const isFull = process.env['E2E_FAULTS'] === 'all';

const everyFault: readonly (Fault & { readonly isShort?: true })[] = [
  network('edge 1 does not reach edge 2, which reaches it', (field) =>
    field.faults.cut(edge(field, 1), edge(field, 2)),
  ),
  short(
    network('edges 1 and 2 do not reach each other', (field) => field.faults.partition(edge(field, 1), edge(field, 2))),
  ),
  short(
    network('edge 1 does not reach location, whose answers would arrive', (field) =>
      field.faults.cut(edge(field, 1), location(field)),
    ),
  ),
  network('edge 1 and location do not reach each other', (field) =>
    field.faults.partition(edge(field, 1), location(field)),
  ),
  network('edge 1 and NATS do not reach each other', (field) => field.faults.partition(edge(field, 1), field.nats)),
  network('a fifth of what edges 1 and 2 send each other is lost', async (field) => {
    await field.faults.lose(edge(field, 1), edge(field, 2), 20);
    await field.faults.lose(edge(field, 2), edge(field, 1), 20);
  }),
  { what: 'location stands still', happens: async (field) => stall(field.locations[0]?.service.pid ?? -1) },
  { what: 'NATS stands still', happens: async (field) => stall(field.apart.nats.pid) },
  short({ what: 'Postgres stands still', happens: async (field) => stall(field.apart.postgres.pid) }),
];
const faults = isFull ? everyFault : everyFault.filter(({ isShort }) => isShort);

let field: Field;
let mend: (() => Promise<void> | void) | undefined;
let crowds = 0;

/** By reason, how many calls went wrong. */
function tally(failures: LoadReport['failed']): string {
  const counts: Record<string, number> = {};
  for (const { reason } of failures) counts[reason] = (counts[reason] ?? 0) + 1;
  return JSON.stringify(counts);
}

async function withoutBinding({ callers, callees }: Crowd): Promise<string[]> {
  const bound = await listBindings(field.locations[0]?.service.grpc ?? '', crowdTenant);
  return [...callers, ...callees]
    .map(({ username }) => username)
    .filter((username) => (bound.get(username) ?? []).every(({ suspended }) => suspended));
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function newCrowd(
  size: { callers: number; callees: number },
  localHosts: readonly string[],
  transports: readonly ('UDP' | 'TCP' | 'WS')[],
) {
  crowds += 1;
  return makeCrowd(field, { name: `crowd${crowds}`, transports, localHosts, ...size });
}

describe.runIf(canRunField())('three edges and a fault between parts of the platform', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    field = await Field.start({ edges: 3 });
  });
  afterEach(async () => {
    await mend?.();
    mend = undefined;
  });
  afterAll(() => field?.stop());

  it.each(faults)(
    '$what: nobody is told what is not true, nothing is erased, and all heals unaided',
    async ({ what, happens }) => {
      const crowd = await newCrowd({ callers: 40, callees: 40 }, field.network.publicClientAddresses, [
        'UDP',
        'TCP',
        'WS',
      ]);
      const load = await startLoad(field, field.network.publicClients, {
        ...crowd,
        callsPerSec,
        durationSec,
        talkMs: 3_000,
        refreshSec: 10,
        reconnectWithinMs: 1_000,
      });
      await pause(faultAfterMs);
      mend = await happens(field);
      const brokenAtMs = monotonicMs();
      await pause(faultMs);
      await mend();
      mend = undefined;
      const mendedAtMs = monotonicMs();
      const report = await load.finished();
      const unbound = await withoutBinding(crowd);
      await load.leave();
      const [before, after] = [brokenAtMs - 1_000, mendedAtMs + recoveryMs];
      const failures = [...report.failed, ...report.lost];
      const outside = failures.filter(({ askedAtMs }) => askedAtMs < before || askedAtMs > after);
      process.stdout.write(
        `${what}: of ${report.started} calls ${report.completed} completed, failed ${tally(report.failed)}, lost ${tally(report.lost)}, ` +
          `of these before the fault or ${recoveryMs / 1_000} s after it ${outside.length}; ${report.reconnects} reconnects, ` +
          `${report.registrationsFailed.length} registrations refused, forked twice ${report.forkedTwice}\n`,
      );
      expect(outside).toEqual([]);
      expect(report.misrouted).toBe(0);
      expect(report.failed.filter(({ reason }) => !honest.test(reason))).toEqual([]);
      expect(unbound).toEqual([]);
    },
  );

  it('a phone that moved while an edge heard no events is called where it is, and nowhere else', async () => {
    // Every INVITE goes to edge 1, whose cache is warm with where the phones were.
    await field.udp.spread('by-method');
    const { publicClients, publicClientAddresses, homeClients } = field.network;
    const crowd = await newCrowd({ callers: 20, callees: 20 }, publicClientAddresses, ['UDP']);
    const before = await startLoad(field, publicClients, { ...crowd, durationSec: 4, talkMs: 500 });
    expect((await before.finished()).failed).toEqual([]);
    await field.faults.partition(edge(field, 1), field.nats);
    mend = () => field.faults.heal();
    await before.leave();
    const moved = { ...crowd, callees: crowd.callees.map((phone) => ({ ...phone, localHost: homeClients.ipv4 })) };
    const elsewhere = { ...moved, callers: moved.callers.map((phone) => ({ ...phone, localHost: homeClients.ipv4 })) };
    // After so much silence on the bus an edge asks before it uses what it has.
    await pause(4_000);
    const during = await startLoad(field, homeClients, { ...elsewhere, durationSec: 4, talkMs: 500 });
    const silent = await during.finished();
    await during.leave();
    // They move once more before the edge hears anything again.
    const after = await startLoad(field, publicClients, { ...crowd, durationSec: 4, talkMs: 500, waits: true });
    await field.faults.heal();
    await pause(streamRecoveryMs);
    after.beginCalling();
    const healed = await after.finished();
    await after.leave();
    await field.udp.spread('by-source');
    process.stdout.write(
      `moved phones: ${silent.completed} of ${silent.started} calls completed while edge 1 heard no events (${tally(silent.failed)}), ` +
        `${healed.completed} of ${healed.started} after it heard them again (${tally(healed.failed)})\n`,
    );
    expect([silent.failed, silent.lost, healed.failed, healed.lost]).toEqual([[], [], [], []]);
    expect([silent.completed, healed.completed]).toEqual([silent.started, healed.started]);
  });
});
