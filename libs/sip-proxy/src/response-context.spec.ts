import { describe, expect, it } from 'vitest';
import { PROXY_TIMERS } from './response-context-options.js';
import {
  a,
  b,
  c,
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

const { timerCMs } = PROXY_TIMERS;

describe('RFC 3261 §16.7', () => {
  it.each<ForkRow>([
    {
      name: 'step 5: 100 is never forwarded',
      steps: [
        [start(a), '0→a'],
        [got(0, 100), ''],
      ],
    },
    {
      name: 'step 5: other provisional responses are, at once',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 180), '180 of 0'],
        [got(1, 183), '183 of 1'],
        [got(0, 199), '199 of 0'],
      ],
    },
    {
      name: 'step 5: none after a final answer',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 200), '200 of 0, cancel 1 answered'],
        [got(1, 180), ''],
      ],
    },
    {
      name: 'steps 5 and 10: a 2xx at once, the rest cancelled',
      steps: [
        [start(a, b, c), '0→a/20, 1→b/20, 2→c/20'],
        [got(1, 180), '180 of 1'],
        [got(0, 200), '200 of 0, cancel 1 answered, cancel 2 answered'],
        [got(1, 487), ''],
        [got(2, 487), 'finished answered'],
      ],
    },
    {
      name: 'step 5: a second 2xx from another branch is forwarded too',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 200), '200 of 0, cancel 1 answered'],
        [got(1, 200), '200 of 1 late, finished answered'],
      ],
    },
    {
      name: 'RFC 6026 §7.1: a repeated 2xx is forwarded, also after the end',
      steps: [
        [start(a), '0→a'],
        [got(0, 200), '200 of 0, finished answered'],
        [got(0, 200), '200 of 0 late'],
      ],
    },
    {
      name: 'step 5: a 2xx wins over an earlier failure',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 486), ''],
        [got(1, 200), '200 of 1, finished answered'],
      ],
    },
    {
      name: 'step 6: the best when all have ended',
      steps: [
        [start(a, b, c), '0→a/20, 1→b/20, 2→c/20'],
        [got(0, 500), ''],
        [got(2, 480), ''],
        [got(1, 486), '486 of 1, finished failed'],
      ],
    },
    {
      name: 'step 5: a 6xx waits, the rest is cancelled, lower q never starts',
      steps: [
        [start(a, b, low('x')), '0→a/30, 1→b/30'],
        [got(0, 603), 'cancel 1 declined'],
        [got(1, 487), '603 of 0, finished failed'],
      ],
    },
    {
      name: 'step 5: a 2xx overtakes a 6xx',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 600), 'cancel 1 declined'],
        [got(1, 200), '200 of 1, finished answered'],
      ],
    },
    {
      name: 'step 6: a lone 503 becomes 500',
      steps: [
        [start(a), '0→a'],
        [got(0, 503, 'Retry-After: 9'), '500, finished failed'],
      ],
    },
    {
      name: 'step 6: 503 is not chosen while there is another 5xx',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 503), ''],
        [got(1, 504), '504 of 1, finished failed'],
      ],
    },
    {
      name: 'step 7: challenges are gathered',
      steps: [
        [start(a, b, c), '0→a/20, 1→b/20, 2→c/20'],
        [got(0, 407, 'Proxy-Authenticate: P'), ''],
        [got(1, 401, 'WWW-Authenticate: W'), ''],
        [got(2, 486), '407 of 0 with W, finished failed'],
      ],
    },
    {
      name: 'a retransmitted failure changes nothing',
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 486), ''],
        [got(0, 486), ''],
      ],
    },
    {
      name: 'a branch nobody knows',
      steps: [
        [start(a), '0→a'],
        [got(7, 200), ''],
        [fails(7, 'timeout'), ''],
      ],
    },
    {
      name: '§16.9: a dead transport is a 503, so 500',
      steps: [
        [start(a), '0→a'],
        [fails(0, 'transport'), '500, finished failed'],
      ],
    },
    {
      name: 'a timed-out INVITE branch is a 408',
      steps: [
        [start(a), '0→a'],
        [fails(0, 'timeout'), '408, finished failed'],
      ],
    },
    {
      name: 'a non-INVITE: the first 2xx only, nothing is cancelled',
      options: NON_INVITE,
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [got(0, 200), '200 of 0'],
        [got(1, 200), 'finished answered'],
      ],
    },
    {
      name: 'a non-INVITE has no Timer C',
      options: NON_INVITE,
      steps: [
        [start(a), '0→a'],
        [wait(timerCMs * 2), ''],
        [got(0, 200), '200 of 0, finished answered'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});

describe('RFC 4320: non-INVITE without 408', () => {
  it.each<ForkRow>([
    {
      name: '§4.2: nobody answers: nothing is sent',
      options: NON_INVITE,
      steps: [
        [start(a), '0→a'],
        [fails(0, 'timeout'), 'finished silent'],
      ],
    },
    {
      name: '§4.2: a 408 from below is not passed on',
      options: NON_INVITE,
      steps: [
        [start(a), '0→a'],
        [got(0, 408), 'finished silent'],
      ],
    },
    {
      name: 'a real answer beside a timeout is',
      options: NON_INVITE,
      steps: [
        [start(a, b), '0→a/30, 1→b/30'],
        [fails(0, 'timeout'), ''],
        [got(1, 404), '404 of 1, finished failed'],
      ],
    },
    {
      name: 'after a timeout no other hop is tried: the caller has timed out as well',
      options: NON_INVITE,
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [fails(0, 'timeout'), 'finished silent'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});
