import type { Command } from 'commander';
import { positive, wholeNumber } from './arguments.js';

/** What every command that loads systems in turns takes. */
export interface LoadOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly alternations: number;
  /** Units for each system before anything is measured: code that is compiled while it runs must be hot. */
  readonly warmUp: number;
  /** How many rates are tried in the search for the sustained one; 0 leaves the search out, and the delay is taken at `rate`. */
  readonly searchSteps: number;
  readonly searchSeconds: number;
  /** How long a system is left alone after too much load, and what has ended may be remembered (RFC 3261's timers B, F and J are 32 s). */
  readonly settleSeconds: number;
}

/** Adds the options to a command; `unit` is what is counted, `rate` how many a second unless told. */
export function withLoadOptions(command: Command, unit: string, rate: number): Command {
  return command
    .option(`--rate <${unit}s>`, `${unit}s a second`, positive, rate)
    .option('--seconds <seconds>', 'length of one measurement', positive, 10)
    .option('--alternations <number>', 'how often the systems take turns', wholeNumber, 5)
    .option('--warm-up <number>', `${unit}s in each system before anything is measured`, wholeNumber, 10_000)
    .option('--search-steps <number>', 'rates tried in the search for the sustained one; 0: no search', wholeNumber, 7)
    .option('--search-seconds <seconds>', 'how long each of them is tried', positive, 4)
    .option('--settle-seconds <seconds>', 'wait after too much load, and before memory is read', positive, 35);
}
