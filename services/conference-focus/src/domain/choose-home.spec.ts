import { describe, expect, it } from 'vitest';
import { type Candidate, chooseHome } from './choose-home.js';
import { isGone, type Pod, type PodVoice } from './pod.js';

const pod = (podId: string, over: Partial<Pod> = {}): Pod => ({
  podId,
  incarnation: 'i1',
  address: `${podId}:9000`,
  mediaHosts: ['192.0.2.1'],
  isDraining: false,
  members: 0,
  busyShare: 0,
  ageMs: 60_000,
  isInLease: true,
  ...over,
});
const candidate = (of: Pod, voice: PodVoice = 'heard', offered = 0): Candidate => ({ pod: of, voice, offered });
const idle = candidate(pod('idle'));
const busy = candidate(pod('busy', { busyShare: 0.8 }));

describe('chooseHome', () => {
  it.each<[string, readonly Candidate[], string | undefined]>([
    ['nobody', [], undefined],
    ['one alone', [busy], 'busy'],
    ['the less busy one', [busy, idle], 'idle'],
    [
      'the one with fewer members, as busy within what a second shows',
      [candidate(pod('a', { members: 9, busyShare: 0.05 })), candidate(pod('b', { members: 4, busyShare: 0.15 }))],
      'b',
    ],
    ['the one that was given less since', [candidate(pod('a'), 'heard', 3), candidate(pod('b'), 'heard', 1)], 'b'],
    ['no draining pod by the table', [candidate(pod('a', { isDraining: true })), busy], 'busy'],
    ['no draining pod by the bus', [candidate(pod('a'), 'draining'), busy], 'busy'],
    ['none that has left', [candidate(pod('a'), 'left'), busy], 'busy'],
    ['none whose lease is over and that is unheard', [candidate(pod('a', { isInLease: false }), 'unheard')], undefined],
    ['one that the bus hears, whatever the table says', [candidate(pod('a', { isInLease: false }), 'heard')], 'a'],
    ['an unheard one only where there is no other', [candidate(pod('a'), 'unheard'), busy], 'busy'],
    ['an unheard one where there is no other', [candidate(pod('a'), 'unheard')], 'a'],
    ['a newcomer only where there is no other', [candidate(pod('a', { ageMs: 100 })), busy], 'busy'],
    [
      'the less busy of two newcomers',
      [candidate(pod('a', { ageMs: 1, busyShare: 0.5 })), candidate(pod('b', { ageMs: 1 }))],
      'b',
    ],
    ['never the one that the asker has lost', [candidate(pod('lost'))], undefined],
  ])('takes %s', (_what, candidates, expected) => {
    expect(chooseHome(candidates, { podId: 'lost', incarnation: 'i1' }, () => 0.5)?.podId).toBe(expected);
  });

  it('spreads over equals', () => {
    const pods = ['a', 'b'].map((podId) => candidate(pod(podId)));
    const numbers = [0.1, 0.9, 0.9, 0.1];
    const chosen = [1, 2].map(() => chooseHome(pods, undefined, () => numbers.shift() ?? 0)?.podId);
    expect(chosen).toEqual(['a', 'b']);
  });
});

describe('isGone', () => {
  it.each<[voice: PodVoice, inLease: boolean, lostByEdge: boolean, gone: boolean]>([
    ['left', true, false, true],
    ['heard', false, true, false],
    ['draining', false, true, false],
    ['unheard', true, false, false],
    ['unheard', true, true, true],
    ['unheard', false, false, true],
    ['unknown', true, true, false],
    ['unknown', false, false, true],
  ])('of one that is %s, in lease %s, lost by an edge %s: %s', (voice, inLease, lostByEdge, gone) => {
    expect(isGone(inLease, voice, lostByEdge)).toBe(gone);
  });
});
