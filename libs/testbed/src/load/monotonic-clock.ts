/** Milliseconds by the machine's monotonic clock: the same in every process, so that what one did can be set against what another saw. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
