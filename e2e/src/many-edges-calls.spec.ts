import { canRunField, Field, type LoadReport } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crowd, makeCrowd, startLoad } from './peers/crowd.js';

const callsPerSec = 20;
const durationSec = 5;
const cancelEvery = 5;
const calls = callsPerSec * durationSec;
const cancelled = calls / cancelEvery;

let field: Field;
let crowd: Crowd;
let atHome: Crowd;

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

describe.runIf(canRunField())('three edges behind a UDP balancer', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    field = await Field.start({ edges: 3 });
    const size = { callers: 60, callees: 60, silent: 10 };
    crowd = await makeCrowd(field, 'UDP', field.network.publicClientAddresses, size);
    atHome = { ...crowd, callers: inside(crowd.callers), callees: inside(crowd.callees), silent: inside(crowd.silent) };
  });
  afterAll(() => field?.stop());

  function inside(phones: Crowd['callers']): Crowd['callers'] {
    return phones.map((phone) => ({ ...phone, localHost: field.network.homeClients.ipv4 }));
  }

  it.each([
    { from: 'public addresses', spreading: 'by-source' },
    { from: 'behind a NAT', spreading: 'by-source' },
    // The INVITEs to one edge, their ACKs to the second and the CANCELs to the third: none is where its INVITE was.
    { from: 'public addresses', spreading: 'by-method' },
    { from: 'public addresses', spreading: 'each-to-the-next' },
    { from: 'behind a NAT', spreading: 'each-to-the-next' },
  ] as const)('no call fails: phones $from, datagrams $spreading', async ({ from, spreading }) => {
    const { arrivals } = field.udp;
    await field.udp.spread(spreading);
    const [host, phones] =
      from === 'behind a NAT' ? [field.network.homeClients, atHome] : [field.network.publicClients, crowd];
    const load = await startLoad(field, host, { ...phones, callsPerSec, durationSec, cancelEvery, talkMs: 2_000 });
    const before = await arrivals.read();
    const report = await load.finished();
    await load.leave();
    const got = (await arrivals.read()).map((after, edge) => ({
      INVITE: after.INVITE - (before[edge]?.INVITE ?? 0),
      ACK: after.ACK - (before[edge]?.ACK ?? 0),
      CANCEL: after.CANCEL - (before[edge]?.CANCEL ?? 0),
    }));
    process.stdout.write(
      `${from}, ${spreading}: ${report.completed} calls, ${report.cancelled} cancelled, ${report.retransmissions} retransmissions; ` +
        `got by the edges: ${got.map((each) => JSON.stringify(each)).join(' ')}\n`,
    );

    expect(summary(report)).toEqual(faultless);
    expect(report.registrationsFailed).toEqual([]);
    const wasThere = got.map((each) => [each.INVITE > 0, each.ACK > 0, each.CANCEL > 0]);
    expect(wasThere).toEqual(spreading === 'by-method' ? oneMethodEach : everything);
  });
});
