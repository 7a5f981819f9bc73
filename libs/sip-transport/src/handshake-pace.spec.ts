import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HandshakePace } from './handshake-pace.js';

const bounds = { underWay: 2, waiting: 3, heldMs: 250 };

/** Runs what was left to the next turns of the event loop, more of them than handshakes may be under way. */
function turns(): void {
  for (let turn = 0; turn <= bounds.underWay; turn += 1) vi.advanceTimersByTime(1);
}

/** Connections that have come to a pace: which handshakes have begun, and what ends them. */
function arrive(pace: HandshakePace, count: number) {
  const begun: number[] = [];
  const done: (() => void)[] = [];
  const sockets = Array.from({ length: count }, () => new Socket());
  const entered = sockets.map((socket, number) =>
    pace.enter(socket, (over) => {
      begun.push(number);
      done[number] = over;
    }),
  );
  return { begun, done, sockets, entered };
}

describe('the pace of handshakes', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('begins the next one when one is over, in their order, and turns away whom too many wait before', () => {
    const { begun, done, entered } = arrive(new HandshakePace(bounds), 6);
    expect(entered).toEqual([true, true, true, true, true, false]);
    expect(begun).toEqual([0, 1]);
    done[1]?.();
    done[1]?.();
    turns();
    expect(begun).toEqual([0, 1, 2]);
    done[0]?.();
    done[2]?.();
    turns();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('begins one in a turn of the event loop, whoever else comes', () => {
    const pace = new HandshakePace(bounds);
    const { begun, done } = arrive(pace, 4);
    done[0]?.();
    done[1]?.();
    const late = arrive(pace, 1);
    expect([begun, late.begun]).toEqual([[0, 1], []]);
    vi.advanceTimersToNextTimer();
    expect(begun).toEqual([0, 1, 2]);
    vi.advanceTimersToNextTimer();
    expect(begun).toEqual([0, 1, 2, 3]);
    done[2]?.();
    turns();
    expect(late.begun).toEqual([0]);
  });

  it('waits for nobody who is silent', () => {
    const { begun, done } = arrive(new HandshakePace(bounds), 5);
    vi.advanceTimersByTime(249);
    expect(begun).toEqual([0, 1]);
    vi.advanceTimersByTime(1);
    turns();
    expect(begun).toEqual([0, 1, 2, 3]);
    // The silent one ends at last: its place was given away before.
    done[0]?.();
    turns();
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('passes over those who have gone, and closes those who wait', () => {
    const pace = new HandshakePace(bounds);
    const { begun, done, sockets } = arrive(pace, 5);
    sockets[2]?.destroy();
    done[0]?.();
    turns();
    expect(begun).toEqual([0, 1, 3]);
    pace.close();
    expect(sockets[4]?.destroyed).toBe(true);
    done[1]?.();
    turns();
    expect(begun).toEqual([0, 1, 3]);
  });

  it('keeps the order of thousands', () => {
    const pace = new HandshakePace({ ...bounds, waiting: 5_000 });
    const { begun, done } = arrive(pace, 3_000);
    for (let number = 0; number < 3_000; number += 1) {
      done[number]?.();
      turns();
    }
    expect(begun).toEqual(Array.from({ length: 3_000 }, (_, number) => number));
  });
});
