import { drainTimes } from '@ringdown/edge-proxy';
import type { Settings } from '@ringdown/platform';

/** For everything but calls: connections of the platform's own, tables, the bus. */
const restMs = 5_000;
const usualMs = 10_000;

/** How long conferences go on on a pod that is to end. */
export function focusGraceMs({ drain }: Pick<Settings, 'drain'>): number {
  return drainTimes(drain).graceMs;
}

/** What the process of one service has for ending: an edge needs its time of notice and its grace time before anything else ends, a focus its grace time. */
export function endingTimeOf(service: string, { drain }: Pick<Settings, 'drain'>): number {
  if (service === 'conference-focus') return focusGraceMs({ drain }) + restMs;
  if (service !== 'edge-proxy') return usualMs;
  const { noticeMs, graceMs } = drainTimes(drain);
  return noticeMs + graceMs + restMs;
}

/** Nobody takes over from the only edge, so it waits for calls that are being set up, not for balancers; without a word to the contrary not for long. */
export function loneDrain({
  noticeSec = 0,
  graceSec = (usualMs - 1_000) / 1_000,
}: Settings['drain']): Settings['drain'] {
  return { noticeSec, graceSec };
}

/** What the process of the whole platform has for ending. */
export function endingTime({ drain }: Settings): number {
  return drain.graceSec === undefined ? usualMs : ((drain.noticeSec ?? 0) + drain.graceSec) * 1_000 + restMs;
}
