import { type Cores, chooseCores, pin } from './cores.js';
import { Calibration } from './noise.js';

/** What every command has for its measurements. */
export interface BenchSession {
  readonly cores: Cores;
  readonly calibration: Calibration;
  /** Takes a line on what goes on. */
  say(line: string): void;
  stop(): void;
}

/** Takes the load's core for this process, and begins to watch the system's. */
export function openSession(): BenchSession {
  const cores = chooseCores();
  pin(process.pid, cores.load);
  const calibration = Calibration.start(cores.system);
  return {
    cores,
    calibration,
    say: (line) => process.stderr.write(`bench: ${line}\n`),
    stop: () => calibration.stop(),
  };
}
