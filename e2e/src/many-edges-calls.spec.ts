import { canRunField, Field, type FieldHost, type LoadReport, type LoadTransport } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCrowd, startLoad } from './peers/crowd.js';

const callsPerSec = 20;
const durationSec = 5;
const cancelEvery = 5;
const calls = callsPerSec * durationSec;
const cancelled = calls / cancelEvery;

let field: Field;
let crowds = 0;
const size = { callers: 60, callees: 60, silent: 10 };

/** Which edge got INVITE, ACK and CANCEL. */
const oneMethodEach = [
  [true, false, false],
  [false, true, false],
  [false, false, true],
];
const everything = Array.from({ length: 3 }, () => [true, true, true]);

/** What a run of calls without a fault comes to. */
function summary({ started, completed, cancelled, failed, lost, unacknowledged, forkedTwice }: LoadReport) {
  return { started, completed, cancelled, failed, lost, unacknowledged, forkedTwice };
}

const faultless = {
  started: calls,
  completed: calls - cancelled,
  cancelled,
  failed: [],
  lost: [],
  unacknowledged: 0,
  forkedTwice: 0,
};

describe.runIf(canRunField())('three edges behind balancers', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    field = await Field.start({ edges: 3 });
  });
  afterAll(() => field?.stop());

  /** A load of a crowd of its own. */
  async function run(transports: readonly LoadTransport[], host: FieldHost, localHosts: readonly string[]) {
    crowds += 1;
    const crowd = await makeCrowd(field, { name: `crowd${crowds}`, transports, localHosts, ...size });
    const load = await startLoad(field, host, { ...crowd, callsPerSec, durationSec, cancelEvery, talkMs: 2_000 });
    const before = await field.udp.arrivals.read();
    const report = await load.finished();
    await load.leave();
    const got = (await field.udp.arrivals.read()).map((after, edge) => ({
      INVITE: after.INVITE - (before[edge]?.INVITE ?? 0),
      ACK: after.ACK - (before[edge]?.ACK ?? 0),
      CANCEL: after.CANCEL - (before[edge]?.CANCEL ?? 0),
    }));
    process.stdout.write(
      `${transports.join(', ')} from ${host.name}: ${report.completed} calls, ${report.cancelled} cancelled, ${report.retransmissions} retransmissions; ` +
        `the edges got by UDP: ${got.map((each) => JSON.stringify(each)).join(' ')}\n`,
    );
    return { report, got };
  }

  it.each([
    { from: 'public addresses', spreading: 'by-source' },
    { from: 'behind a NAT', spreading: 'by-source' },
    // The INVITEs to one edge, their ACKs to the second and the CANCELs to the third: none is where its INVITE was.
    { from: 'public addresses', spreading: 'by-method' },
    { from: 'public addresses', spreading: 'each-to-the-next' },
    { from: 'behind a NAT', spreading: 'each-to-the-next' },
  ] as const)('no call over UDP fails: phones $from, datagrams $spreading', async ({ from, spreading }) => {
    const { homeClients, publicClients, publicClientAddresses } = field.network;
    await field.udp.spread(spreading);
    const [host, localHosts] =
      from === 'behind a NAT' ? [homeClients, [homeClients.ipv4]] : [publicClients, publicClientAddresses];
    const { report, got } = await run(['UDP'], host, localHosts);
    expect(summary(report)).toEqual(faultless);
    expect(report.registrationsFailed).toEqual([]);
    // By source it is a phone's chance which edge gets its CANCEL, and few phones cancel.
    const wasThere = got.map((each) => [each.INVITE > 0, each.ACK > 0, spreading === 'by-source' || each.CANCEL > 0]);
    expect(wasThere).toEqual(spreading === 'by-method' ? oneMethodEach : everything);
  });

  it.each(['public addresses', 'behind a NAT'] as const)(
    'no call between the five transports and the two families fails: phones %s',
    async (from) => {
      await field.udp.spread('by-source');
      const host = from === 'behind a NAT' ? field.network.homeClients : field.network.publicClients;
      const { report } = await run(['UDP', 'TCP', 'TLS', 'WS', 'WSS'], host, [host.ipv4, host.ipv6]);
      expect(summary(report)).toEqual(faultless);
      expect(report.registrationsFailed).toEqual([]);
    },
  );
});
