import type { ContactValue } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { ForwardTarget } from './fork-target.js';
import { a, b, cancel, type ForkRow, fails, flows, got, play, scripted, start, target } from './testing/fork-script.js';

describe('several hops of one target', () => {
  it.each<ForkRow>([
    {
      name: 'RFC 3263 §4.3: a dead transport',
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [fails(0, 'transport'), '1→a#1'],
        [fails(1, 'transport'), '500, finished failed'],
      ],
    },
    {
      name: 'RFC 3263 §4.3: no answer',
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [fails(0, 'timeout'), '1→a#1'],
        [got(1, 200), '200 of 1, finished answered'],
      ],
    },
    {
      name: 'RFC 3263 §4.3: 503',
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [got(0, 503), '1→a#1'],
        [got(1, 486), '486 of 1, finished failed'],
      ],
    },
    {
      name: 'RFC 3263 §4.3: any other response is final',
      steps: [
        [start(target('a', { hopCount: 2 })), '0→a'],
        [got(0, 500), '500 of 0, finished failed'],
      ],
    },
    {
      name: 'RFC 5626 §7: 430 tries the device’s next flow',
      steps: [
        [start(flows('a', 3)), '0→a'],
        [got(0, 430), '1→a#1'],
        [fails(1, 'flow-gone'), '2→a#2'],
        [got(2, 200), '200 of 2, finished answered'],
      ],
    },
    {
      name: 'RFC 5626 §7: all flows gone: the caller sees 480',
      steps: [
        [start(flows('a', 2)), '0→a'],
        [got(0, 430), '1→a#1'],
        [got(1, 430), '480, finished failed'],
      ],
    },
    {
      name: 'RFC 5626 §7: 408 tries the next flow',
      steps: [
        [start(flows('a', 2)), '0→a'],
        [got(0, 408), '1→a#1'],
      ],
    },
    {
      name: 'RFC 5626 §7: 503 is the device’s own answer',
      steps: [
        [start(flows('a', 2)), '0→a'],
        [got(0, 503), '500, finished failed'],
      ],
    },
    {
      name: 'RFC 5626 §7: busy is the device’s own answer',
      steps: [
        [start(flows('a', 2)), '0→a'],
        [got(0, 486), '486 of 0, finished failed'],
      ],
    },
    {
      name: 'the next hop keeps its branch’s breadth',
      options: { maxBreadth: 4 },
      steps: [
        [start(flows('a', 2), b), '0→a/2, 1→b/2'],
        [got(0, 430), '2→a#1/2'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});

describe('RFC 3261 §16.7 step 4: recursion', () => {
  const asTarget = (contact: ContactValue): ForwardTarget | undefined =>
    contact.uri.endsWith('@test')
      ? { uri: contact.uri, qThousandths: contact.q ?? 1000, hopCount: 1, failover: 'addresses' }
      : undefined;
  const RECURSE = { recursion: asTarget };
  it.each<ForkRow>([
    {
      name: 'by default the redirect goes back',
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:d@test>'), '302 of 0, finished failed'],
      ],
    },
    {
      name: 'an accepted contact is tried, the redirect forgotten',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:d@test>'), '1→d'],
        [got(1, 486), '486 of 1, finished failed'],
      ],
    },
    {
      name: 'contacts by q, the breadth divided',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 300, 'Contact: <sip:d@test>;q=0.5, <sip:e@test>, <sip:f@test>'), '1→e/30, 2→f/30'],
        [got(1, 486), ''],
        [got(2, 486), '3→d'],
      ],
    },
    {
      name: 'contacts the policy leaves go back, without the tried ones',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:x@outside>;q=0.1, <sip:d@test>', 'Contact: <sip:y@outside>'), '1→d'],
        [got(1, 486), '302 of 0 leaving <sip:x@outside>;q=0.1+<sip:y@outside>, finished failed'],
      ],
    },
    {
      name: 'none accepted: the redirect goes back as it is',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:x@outside>'), '302 of 0, finished failed'],
      ],
    },
    {
      name: 'never twice to the same URI: a circle of redirects ends',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:d@test>'), '1→d'],
        [got(1, 302, 'Contact: <sip:a@test>'), '302 of 1, finished failed'],
      ],
    },
    {
      name: '305 and 380 are not recursed on',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 305, 'Contact: <sip:d@test>'), '305 of 0, finished failed'],
      ],
    },
    {
      name: 'malformed contacts go back',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:d@test>;q=7'), '302 of 0, finished failed'],
      ],
    },
    {
      name: 'not after CANCEL',
      options: RECURSE,
      steps: [
        [start(a), '0→a'],
        [cancel, 'cancel 0 upstream'],
        [got(0, 302, 'Contact: <sip:d@test>'), '302 of 0, finished failed'],
      ],
    },
    {
      name: 'recursion is bounded',
      options: { ...RECURSE, maxBranches: 2 },
      steps: [
        [start(a), '0→a'],
        [got(0, 302, 'Contact: <sip:d@test>'), '1→d'],
        [got(1, 302, 'Contact: <sip:e@test>'), '302 of 1, finished failed'],
      ],
    },
  ])('$name', (row) => {
    expect(play(row)).toEqual(scripted(row));
  });
});
