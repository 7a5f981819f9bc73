import { beforeEach, describe, expect, it } from 'vitest';
import { SourceLatch } from './source-latch.js';

const described = { host: '192.0.2.1', port: 4000 };
const elsewhere = { host: '198.51.100.7', port: 61_000 };
const attacker = { host: '203.0.113.9', port: 5555 };
const ssrc = 1111;

let latch: SourceLatch;
let nowMs: number;
let sequence: number;

/** Sends packets 20 ms apart and says how many were taken. */
function send(
  from: { host: string; port: number },
  count: number,
  options: { ssrc?: number; sequence?: number; authentic?: boolean } = {},
): number {
  let taken = 0;
  for (let index = 0; index < count; index++) {
    const number = ((options.sequence ?? sequence) + index) & 0xffff;
    if (latch.accept(from.host, from.port, options.ssrc ?? ssrc, number, nowMs, options.authentic ?? false)) taken++;
    nowMs += 20;
  }
  if (options.sequence === undefined) sequence += count;
  return taken;
}

beforeEach(() => {
  latch = new SourceLatch();
  nowMs = 1000;
  sequence = 65_530;
  latch.describe(described, nowMs);
});

describe('a source', () => {
  it('is taken at once where the description says', () => {
    expect(send(described, 10)).toBe(10);
    expect(latch.remote).toEqual(described);
  });

  it('behind NAT is found by its packets in a row', () => {
    expect(send(elsewhere, 10)).toBe(8);
    expect(latch.remote).toEqual(elsewhere);
  });

  it('behind NAT is not believed for packets that are no row', () => {
    for (let index = 0; index < 20; index++) expect(send(attacker, 1, { sequence: index * 3 })).toBe(0);
    for (let index = 0; index < 20; index++) expect(send(attacker, 1, { sequence: index, ssrc: index })).toBe(0);
    expect(latch.remote).toEqual(described);
  });

  it('gives way to the described one if it was only there first', () => {
    send(attacker, 10, { ssrc: 66 });
    expect(send(described, 5)).toBe(5);
    expect(latch.remote).toEqual(described);
    expect(send(attacker, 10, { ssrc: 66 })).toBe(0);
  });

  it('is not found elsewhere when the window is over, but if it is authentic', () => {
    nowMs += 11_000;
    expect(send(attacker, 10)).toBe(0);
    expect(send(elsewhere, 10, { authentic: true })).toBe(10);
  });
});

describe('another address', () => {
  beforeEach(() => {
    send(described, 50);
  });

  it('is refused while the old one sends, whatever it copies', () => {
    for (let index = 0; index < 50; index++) {
      expect(send(attacker, 1, { sequence: sequence + 1 })).toBe(0);
      nowMs -= 20;
      expect(send(described, 1)).toBe(1);
    }
    expect(latch.remote).toEqual(described);
  });

  it('is refused with another source, also when the old one is silent', () => {
    nowMs += 5000;
    expect(send(attacker, 10, { ssrc: 66 })).toBe(0);
  });

  it('is refused with a sequence that does not go on', () => {
    nowMs += 5000;
    expect(send(attacker, 10, { sequence: sequence + 5000 })).toBe(0);
    expect(send(attacker, 10, { sequence: sequence - 100 })).toBe(0);
  });

  it('goes on with the same source when the old one has fallen silent', () => {
    nowMs += 1200;
    expect(send(elsewhere, 10)).toBe(8);
    expect(latch.remote).toEqual(elsewhere);
  });

  it('goes on at once if it is authentic', () => {
    expect(send(elsewhere, 10, { authentic: true })).toBe(10);
  });

  it('is found anew when another one is described', () => {
    latch.describe({ host: '10.0.0.1', port: 9 }, nowMs);
    expect(latch.remote).toEqual({ host: '10.0.0.1', port: 9 });
    expect(send(elsewhere, 10)).toBe(8);
  });

  it('is not found because the same one is described again', () => {
    latch.describe({ ...described }, nowMs);
    expect(send(attacker, 10, { ssrc: 66 })).toBe(0);
    expect(latch.remote).toEqual(described);
  });
});

describe('another SSRC from the same address', () => {
  beforeEach(() => {
    send(described, 50);
  });

  it('is refused while the old one sends', () => {
    for (let index = 0; index < 50; index++) {
      expect(send(described, 1, { ssrc: 66, sequence: index })).toBe(0);
      expect(send(described, 1)).toBe(1);
    }
  });

  it('takes its place when it has fallen silent', () => {
    nowMs += 500;
    expect(send(described, 10, { ssrc: 66, sequence: 7 })).toBe(8);
  });

  it('takes its place sooner when it has said goodbye, or if it is authentic', () => {
    latch.ended(ssrc);
    expect(send(described, 10, { ssrc: 66, sequence: 7 })).toBe(8);
    expect(send(described, 10, { ssrc: 77, sequence: 7, authentic: true })).toBe(10);
  });
});
