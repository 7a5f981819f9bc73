import { describe, expect, it } from 'vitest';
import { PROXY_TIMERS } from './response-context-options.js';
import {
  a,
  add,
  b,
  c,
  cancel,
  type ForkRow,
  fails,
  got,
  low,
  NON_INVITE,
  play,
  resolved,
  scripted,
  start,
  target,
  wait,
} from './testing/fork-script.js';

const { timerCMs } = PROXY_TIMERS;

describe('RFC 3261 §16.5 and §16.6: the target set', () => {
  it.each<ForkRow>([
    { name: 'no target: 480', steps: [[start(), '480, finished failed']] },
    { name: 'no such user: 404', options: { emptyTargetSetStatus: 404 }, steps: [[start(), '404, finished failed']] },
    { name: 'equal q: in parallel, the breadth shared', steps: [[start(a, b, c), '0→a/20, 1→b/20, 2→c/20']] },
    { name: 'an equal URI once', steps: [[start(a, target('a')), '0→a']] },
    {
      name: 'by falling q in series, each with all the breadth',
      steps: [
        [start(low('x'), a), '0→a'],
        [got(0, 486), '1→x'],
        [got(1, 404), '486 of 0, finished failed'],
      ],
    },
    {
      name: 'the next q waits for all of this one',
      steps: [
        [start(low('x'), a, b), '0→a/30, 1→b/30'],
        [got(0, 486), ''],
        [got(1, 180), '180 of 1'],
        [got(1, 480), '2→x'],
        [got(2, 200), '200 of 2, finished answered'],
      ],
    },
    {
      name: 'a 2xx ends the series',
      steps: [
        [start(low('x'), a), '0→a'],
        [got(0, 200), '200 of 0, finished answered'],
      ],
    },
    {
      name: 'a later target of this q starts at once with what breadth is left, a lower one waits',
      options: { maxBreadth: 3 },
      steps: [
        [start(a), '0→a/3'],
        [add(b, low('x')), ''],
        [got(0, 486), '1→b/3'],
        [got(1, 486), '2→x/3'],
        [add(b), 'refused'],
      ],
    },
    {
      name: 'a target before the start is refused',
      steps: [
        [add(b), 'refused'],
        [start(a), '0→a'],
      ],
    },
    {
      name: 'a target after the answer is refused',
      steps: [
        [start(a), '0→a'],
        [got(0, 200), '200 of 0, finished answered'],
        [add(b), 'refused'],
      ],
    },
    {
      name: 'ring time: the q that does not answer is cancelled for the next',
      options: { timers: { serialRingMs: 20_000 } },
      steps: [
        [start(a, low('x')), '0→a'],
        [got(0, 180), '180 of 0'],
        [wait(19_999), ''],
        [wait(1), 'cancel 0 no-answer'],
        [got(0, 487), '1→x'],
        [wait(60_000), ''],
        [got(1, 486), '486 of 1, finished failed'],
      ],
    },
    {
      name: 'ring time: an answer that crosses the CANCEL counts',
      options: { timers: { serialRingMs: 20_000 } },
      steps: [
        [start(a, low('x')), '0→a'],
        [wait(20_000), 'cancel 0 no-answer'],
        [got(0, 200), '200 of 0, finished answered'],
      ],
    },
    {
      name: 'ring time: a cancelled target is not tried by its next hop',
      options: { timers: { serialRingMs: 20_000 } },
      steps: [
        [start(target('a', { hopCount: 2 }), low('x')), '0→a'],
        [wait(20_000), 'cancel 0 no-answer'],
        [fails(0, 'transport'), '1→x'],
        [got(1, 486), '486 of 1, finished failed'],
      ],
    },
    {
      name: 'ring time: a request that can’t be cancelled has none',
      options: { ...NON_INVITE, timers: { serialRingMs: 20_000 } },
      steps: [
        [start(target('d', { hopCount: 0 }), low('x')), 'resolve 0 d'],
        [wait(20_000), ''],
        [resolved(0, 1), '0→d'],
        [got(0, 404), '1→x'],
      ],
    },
    {
      name: 'hops to be found: nothing is sent until they are',
      steps: [
        [start(target('d', { hopCount: 0 })), 'resolve 0 d'],
        [wait(timerCMs), ''],
        [resolved(0, 2), '0→d'],
        [fails(0, 'transport'), '1→d#1'],
        [got(1, 200), '200 of 1, finished answered'],
      ],
    },
    {
      name: 'no hops found: as a dead transport',
      steps: [
        [start(target('d', { hopCount: 0 })), 'resolve 0 d'],
        [resolved(0, 0), '500, finished failed'],
      ],
    },
    {
      name: 'hops to be found, cancelled meanwhile',
      steps: [
        [start(target('d', { hopCount: 0 })), 'resolve 0 d'],
        [cancel, '487, finished failed'],
        [resolved(0, 2), ''],
      ],
    },
    {
      name: 'the number of copies is bounded',
      options: { maxBranches: 2 },
      steps: [
        [start(a, b, c, low('x')), '0→a/30, 1→b/30'],
        [got(0, 486), ''],
        [got(1, 486), '486 of 0, finished failed'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});

describe('RFC 5393 §5.3: Max-Breadth', () => {
  it.each<ForkRow>([
    { name: 'no breadth at all: 440', options: { maxBreadth: 0 }, steps: [[start(a), '440, finished failed']] },
    {
      name: 'more targets than breadth: the rest waits for breadth to come free',
      options: { maxBreadth: 2 },
      steps: [
        [start(a, b, c, target('d')), '0→a/1, 1→b/1'],
        [got(1, 486), '2→c/1'],
        [got(0, 486), '3→d/1'],
        [got(3, 200), '200 of 3, cancel 2 answered'],
        [got(2, 487), 'finished answered'],
      ],
    },
    {
      name: 'breadth 1 is a serial search',
      options: { maxBreadth: 1 },
      steps: [
        [start(a, b), '0→a/1'],
        [got(0, 486), '1→b/1'],
        [got(1, 486), '486 of 0, finished failed'],
      ],
    },
    {
      name: 'an odd breadth is used whole',
      options: { maxBreadth: 7 },
      steps: [[start(a, b, c), '0→a/3, 1→b/2, 2→c/2']],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});
