import { max, median } from 'simple-statistics';
import { numberCell } from '../result/cells.js';
import type { ResultTable } from '../result/result.js';
import type { SoakMeasurement, SoakSample } from './measure-soak.js';
import type { UnitMeasurement } from './measure-units.js';

/** Bytes for each thing of a kind: live objects and, behind a plus, what resident pages grew by. */
export function unitsTable(measured: readonly UnitMeasurement[]): ResultTable {
  const services = [...(measured[0]?.perUnit.keys() ?? [])];
  return {
    title: 'Bytes for each, live after a garbage collection / resident',
    columns: ['what', 'measured on', ...services],
    rows: measured.map(({ what, units, perUnit }) => [
      what,
      String(units),
      ...services.map((service) => {
        const { liveBytes, residentBytes } = perUnit.get(service) ?? { liveBytes: 0, residentBytes: 0 };
        return `${numberCell(liveBytes)} / ${numberCell(residentBytes)}`;
      }),
    ]),
    remarks: [
      'Resident pages follow the garbage collector more than the load; what the kernel holds for sockets is not in them.',
    ],
  };
}

const allowedStallMs = 20;
/** Live bytes in the second half of a soak may lie so much above those of the first, and it isn't growth. */
const steadyShare = 0.05;

/** The edge during a soak: what it held in the beginning, the middle and the end. */
export function soakTable({
  callsPerSec,
  calls,
  failed,
  retransmissions,
  samples,
  settled,
}: SoakMeasurement): ResultTable {
  const row = (label: string, { edge, eventLoop }: SoakSample): readonly string[] => [
    label,
    numberCell(edge.liveBytes / 1_048_576, 1),
    numberCell(edge.residentBytes / 1_048_576),
    numberCell(eventLoop.p99Ms, 1),
    numberCell(eventLoop.maxMs, 1),
  ];
  const half = Math.floor(samples.length / 2);
  const liveOf = (some: readonly SoakSample[]): number => median(some.map(({ edge }) => edge.liveBytes));
  const growth = liveOf(samples.slice(half)) / liveOf(samples.slice(1, half + 1)) - 1;
  const stallMs = max(samples.map(({ eventLoop }) => eventLoop.maxMs));
  return {
    title: `Soak: ${calls} calls at ${callsPerSec}/s, ${failed} failed, ${retransmissions} retransmissions; the edge`,
    columns: ['until', 'live MiB', 'resident MiB', 'loop p99 ms', 'loop max ms'],
    rows: [...samples.map((sample) => row(`${sample.atSec.toFixed(0)} s`, sample)), row('settled', settled)],
    remarks: [
      growth > steadyShare
        ? `IT GROWS: live memory in the second half is ${numberCell(growth * 100)} % above the first.`
        : `Live memory in the second half is ${numberCell(growth * 100)} % above the first: it does not grow.`,
      stallMs > allowedStallMs
        ? `The event loop was ${numberCell(stallMs)} ms late once, which is over ${allowedStallMs} ms.`
        : `The event loop was never more than ${numberCell(stallMs)} ms late.`,
    ],
  };
}
