import { describe, expect, test } from 'vitest';
import { type ReceptionReport, ReceptionStatistics } from './reception-statistics.js';

const empty = (): ReceptionReport => ({ fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0 });

/** Feeds 20 ms packets of 8 kHz by index; the arrival is `index * 20 + delay(index)`. */
function feed(
  statistics: ReceptionStatistics,
  indexes: Iterable<number>,
  { firstSequence = 0, delayMs = (_index: number): number => 0 } = {},
): void {
  for (const index of indexes)
    statistics.received((firstSequence + index) & 0xffff, index * 160, index * 20 + delayMs(index));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('loss', () => {
  test('is nothing where nothing is lost, over a wrap of the sequence number', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    feed(statistics, upTo(100), { firstSequence: 65_500 });
    const report = empty();
    statistics.report(report);
    expect(report).toEqual({ fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0x1_0000 + 63, jitter: 0 });
    expect(statistics.packetsReceived).toBe(100);
  });

  test('is counted for the interval and for all time', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    const report = empty();
    feed(
      statistics,
      upTo(100).filter((index) => index % 4 !== 1),
    );
    statistics.report(report);
    expect(report).toMatchObject({ fractionLost: 64, cumulativeLost: 25 });
    feed(statistics, upTo(200).slice(100));
    statistics.report(report);
    expect(report).toMatchObject({ fractionLost: 0, cumulativeLost: 25 });
  });

  test('does not count reordered packets, and duplicates never make it negative', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    feed(statistics, [0, 2, 1, 3, 3, 3, 4]);
    const report = empty();
    statistics.report(report);
    expect(report).toMatchObject({ fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 4 });
  });
});

describe('jitter', () => {
  test('is zero for a steady stream, also over a wrap of the timestamp', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    for (const index of upTo(100)) statistics.received(index, (0xffff_f000 + index * 160) >>> 0, index * 20);
    expect(statistics.jitterMs).toBe(0);
  });

  test('tends to the mean difference of transit times', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    feed(statistics, upTo(500), { delayMs: (index) => (index % 2) * 10 });
    expect(statistics.jitterMs).toBeCloseTo(10, 1);
    const report = empty();
    statistics.report(report);
    expect(report.jitter).toBe(79);
  });

  test('goes on in milliseconds when the clock changes', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    feed(statistics, upTo(500), { delayMs: (index) => (index % 2) * 10 });
    const before = statistics.jitterMs;
    statistics.setClockRate(48_000);
    expect(statistics.jitterMs).toBeCloseTo(before, 6);
    statistics.received(500, 77, 10_000);
    expect(statistics.jitterMs).toBeCloseTo(before, 6);
  });
});

describe('the source', () => {
  test('is believed after as many in a row as were asked for', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000, minSequential: 2 });
    const verdicts = [7, 9, 10, 11].map((sequence) => statistics.received(sequence, sequence * 160, sequence * 20));
    expect(verdicts).toEqual(['probation', 'probation', 'valid', 'valid']);
    expect(statistics.packetsReceived).toBe(2);
    expect(statistics.packetsLost).toBe(0);
  });

  test('is not moved by one stray packet, but by two in a row', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    feed(statistics, upTo(10));
    expect(statistics.received(30_000, 0, 200)).toBe('jump');
    expect(statistics.received(10, 1600, 200)).toBe('valid');
    expect(statistics.packetsLost).toBe(0);
    expect(statistics.received(40_000, 0, 220)).toBe('jump');
    expect(statistics.received(40_001, 160, 240)).toBe('valid');
    expect(statistics.extendedHighestSequence).toBe(40_001);
    expect(statistics.packetsLost).toBe(0);
  });
});
