import { describe, expect, it } from 'vitest';
import { PROXY_TIMERS } from './response-context-options.js';
import {
  a,
  b,
  cancel,
  type ForkRow,
  fails,
  got,
  low,
  NON_INVITE,
  play,
  scripted,
  start,
  target,
  wait,
} from './testing/fork-script.js';

const { timerCMs, cancelWaitMs } = PROXY_TIMERS;

describe('RFC 3261 §16.8: Timer C', () => {
  it.each<ForkRow>([
    {
      name: 'fires after more than 3 minutes of ringing: CANCEL, and the 487 it brings is a 408 to a caller that cancelled nothing',
      steps: [
        [start(a), '0→a'],
        [got(0, 180), '180 of 0'],
        [wait(180_000), ''],
        [wait(timerCMs - 180_000), 'cancel 0 no-answer'],
        [got(0, 487), '408, finished failed'],
      ],
    },
    {
      name: '§16.7 step 2: 101 to 199 reset it',
      steps: [
        [start(a), '0→a'],
        [wait(timerCMs - 1), ''],
        [got(0, 183), '183 of 0'],
        [wait(timerCMs - 1), ''],
        [wait(1), 'cancel 0 no-answer'],
      ],
    },
    {
      name: '§16.7 step 2: 100 does not, yet it makes CANCEL possible',
      steps: [
        [start(a), '0→a'],
        [wait(timerCMs - 1), ''],
        [got(0, 100), ''],
        [wait(1), 'cancel 0 no-answer'],
      ],
    },
    {
      name: 'without any response it counts as 408',
      steps: [
        [start(a), '0→a'],
        [wait(timerCMs), 'abandon 0, 408, finished failed'],
      ],
    },
    {
      name: 'a cancelled branch that never ends is given up after 64*T1',
      steps: [
        [start(a), '0→a'],
        [got(0, 180), '180 of 0'],
        [wait(timerCMs), 'cancel 0 no-answer'],
        [wait(cancelWaitMs), 'abandon 0, 408, finished failed'],
      ],
    },
    {
      name: 'a 2xx of a branch that was given up still ends the others',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [wait(timerCMs - 1), ''],
        [got(1, 180), '180 of 1'],
        [wait(1), 'abandon 0'],
        [got(0, 200), '200 of 0, cancel 1 answered'],
        [got(1, 487), 'finished answered'],
      ],
    },
    {
      name: 'a 2xx that crosses the CANCEL counts',
      steps: [
        [start(a), '0→a'],
        [got(0, 180), '180 of 0'],
        [wait(timerCMs), 'cancel 0 no-answer'],
        [got(0, 200), '200 of 0, finished answered'],
      ],
    },
    {
      name: 'after it the next q is tried',
      steps: [
        [start(a, low('x')), '0→a'],
        [wait(timerCMs), 'abandon 0, 1→x'],
        [got(1, 200), '200 of 1, finished answered'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});

describe('RFC 3261 §16.10: CANCEL', () => {
  it.each<ForkRow>([
    {
      name: 'all pending branches are cancelled, their 487 goes back',
      steps: [
        [start(a, b, low('x')), '0→a/30, 1→b/30'],
        [got(0, 180), '180 of 0'],
        [cancel, 'cancel 0 upstream, cancel 1 upstream'],
        [got(0, 487), ''],
        [got(1, 487), '487 of 0, finished failed'],
      ],
    },
    {
      name: 'RFC 6026: a 2xx after CANCEL is forwarded',
      steps: [
        [start(a), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [got(0, 200), '200 of 0, finished answered'],
      ],
    },
    {
      name: '487 is chosen over an earlier failure',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 486), ''],
        [cancel, 'cancel 1 upstream'],
        [got(1, 487), '487 of 1, finished failed'],
      ],
    },
    {
      name: 'before the targets are known',
      steps: [
        [cancel, '487, finished failed'],
        [start(a), ''],
      ],
    },
    {
      name: 'after the answer it does nothing',
      steps: [
        [start(a), '0→a'],
        [got(0, 200), '200 of 0, finished answered'],
        [cancel, ''],
      ],
    },
    {
      name: 'twice is once',
      steps: [
        [start(a), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [cancel, ''],
      ],
    },
    {
      name: 'a branch that times out under CANCEL',
      steps: [
        [start(a), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [fails(0, 'timeout'), '487, finished failed'],
      ],
    },
    {
      name: '§9.1: a branch that answers nothing is given up after 64*T1, counted from when the CANCEL could leave',
      steps: [
        [start(a), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [wait(cancelWaitMs - 1), ''],
        [got(0, 180), '180 of 0'],
        [wait(cancelWaitMs - 1), ''],
        [got(0, 180), '180 of 0'],
        [wait(1), 'abandon 0, 487, finished failed'],
      ],
    },
    {
      name: 'a non-INVITE is not cancelled',
      options: NON_INVITE,
      steps: [
        [start(a), '0→a'],
        [cancel, ''],
      ],
    },
    {
      name: 'no other hop is tried after it',
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [fails(0, 'transport'), '487, finished failed'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});
