/** What a conference waits with. In tests simulated. */
export interface Timers {
  /** Runs `run` once after `delayMs`; the returned function keeps it from running. */
  after(delayMs: number, run: () => void): () => void;
}
