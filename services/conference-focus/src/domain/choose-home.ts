import { isGone, isSameLife, type Pod, type PodLife, type PodVoice } from './pod.js';

/** Edges ask the DNS for new pods every 5 s, and connect. */
const newcomerMs = 6_000;
/** Of a thread's time: what a member costs, and what a conference will that was given away since the pod last said how busy it is. */
const memberShare = 0.001;
const offerShare = 0.01;
/** What is measured of a thread's time in one second comes and goes: smaller differences than this say nothing. */
const busyStep = 0.2;

/** A pod that may get a conference, with what the asked one knows of it. */
export interface Candidate {
  readonly pod: Pod;
  readonly voice: PodVoice;
  /** Conferences that it was given since its last beat. */
  readonly offered: number;
}

/**
 * The pod for a new conference: the one that has the most room, of those that live and don't leave. Whom the asking edge has lost, whom the bus doesn't
 * hear and who has only just come are taken where there is nobody else, the lost one never. `random` gives a number from 0 to below 1, for equals.
 */
export function chooseHome(
  candidates: readonly Candidate[],
  notPod: PodLife | undefined,
  random: () => number,
): Pod | undefined {
  let best: { readonly pod: Pod; readonly score: number } | undefined;
  for (const { pod, voice, offered } of candidates) {
    if (isSameLife(pod, notPod) || pod.isDraining || voice === 'draining' || isGone(pod.isInLease, voice, false))
      continue;
    const doubt = (voice === 'unheard' ? 2_000 : 0) + (pod.ageMs < newcomerMs ? 1_000 : 0);
    const busy = Math.floor(pod.busyShare / busyStep) * busyStep;
    const score = doubt + busy + pod.members * memberShare + offered * offerShare + random() * memberShare;
    if (best === undefined || score < best.score) best = { pod, score };
  }
  return best?.pod;
}
