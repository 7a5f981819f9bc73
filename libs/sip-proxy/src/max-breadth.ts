/**
 * How a breadth is shared among targets that are to be tried at once (RFC 5393 §5.3.3): each share is at least 1 and their
 * sum is at most what is available. Targets beyond the shares wait until breadth is free again.
 * @returns one share for each target that can start now, the larger ones first.
 */
export function breadthShares(available: number, targets: number): number[] {
  const started = Math.max(0, Math.min(available, targets));
  const shares: number[] = [];
  for (let index = 0; index < started; index++) {
    shares.push(Math.floor(available / started) + (index < available % started ? 1 : 0));
  }
  return shares;
}
