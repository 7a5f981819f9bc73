import type { Command } from 'commander';
import { beAlone } from './be-alone.js';
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

/** Waits until no other benchmark runs unless the command says `--no-wait`, takes the load's core for this process, and begins to watch the system's. */
export async function openSession(command: Command): Promise<BenchSession> {
  const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  if (command.optsWithGlobals()['wait'] !== false) await beAlone(say);
  const cores = chooseCores();
  pin(process.pid, cores.load);
  const calibration = Calibration.start(cores.system);
  return { cores, calibration, say, stop: () => calibration.stop() };
}
