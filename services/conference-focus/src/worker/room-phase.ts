import type { AudioLeg } from '../ports/mixer.js';

/** What the rooms of one phase may cost before the next phase is begun: it fits any queue, and is done before that one's turn. */
const smallBurst = 256;

/** What a member's tick costs its thread, about: 1 is G.711 without SRTP, 10 to 20 µs. */
export function costOf(leg: AudioLeg | undefined): number {
  if (leg === undefined) return 1;
  const isTable = leg.codec.encoding === 'PCMU' || leg.codec.encoding === 'PCMA';
  return (isTable ? 1 : 4) + (leg.srtp === undefined ? 0 : 1);
}

/**
 * In which phase of a tick a new room is mixed, by what the rooms of each cost already. Each phase that has a room is a wake-up more in each tick, which few
 * members would pay for; one that lasts into the next phase makes that one late.
 */
export function phaseOfNewRoom(costs: readonly number[]): number {
  const free = costs.findIndex((cost) => cost < smallBurst);
  return free === -1 ? costs.indexOf(Math.min(...costs)) : free;
}
