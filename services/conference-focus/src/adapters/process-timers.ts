import type { Timers } from '../ports/timers.js';

/** The process's own timers; they don't keep it running. A delay may be at most 24 days. */
export const processTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
