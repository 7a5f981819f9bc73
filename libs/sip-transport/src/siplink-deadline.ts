import type { QueuedItem } from './siplink-channel.js';

/** What is left, in milliseconds and at least 1, of an item's deadline when it is written. */
export function remainingMs(queued: QueuedItem, now: number): number {
  return Math.max(1, Math.ceil(queued.deadline - now));
}
