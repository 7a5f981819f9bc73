import type { Settings } from '@ringdown/platform';
import type { DrainTimes } from './domain/draining.js';

/** How long an edge takes to leave by the settings, or as one of several does without them. */
export function drainTimes({ noticeSec = 5, graceSec = 60 }: Settings['drain']): DrainTimes {
  return { noticeMs: noticeSec * 1_000, graceMs: graceSec * 1_000 };
}
