import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** Says how long a fixed piece of work took, each time it gets a line. */
const calibration = `
const work = () => {
  const begun = process.hrtime.bigint();
  let sum = 0;
  for (let i = 0; i < 5e6; i += 1) sum = (sum * 31 + i) | 0;
  return [Number(process.hrtime.bigint() - begun) / 1e3, sum];
};
work();
require('node:readline').createInterface({ input: process.stdin }).on('line', () => console.log(work()[0]));
`;

/** A fixed piece of work on the system's core, whose time says how fast that core is just now. */
export class Calibration {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  static start(core: number): Calibration {
    const child = spawn('taskset', ['-c', String(core), process.execPath, '-e', calibration], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new Calibration(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('the calibration has no output');
    this.#lines = createInterface({ input: child.stdout });
  }

  /** Microseconds that the work took; the best of three, so that one interruption doesn't count. */
  async micros(): Promise<number> {
    const times: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const answered = once(this.#lines, 'line');
      this.#child.stdin?.write('\n');
      const [line] = (await answered) as [string];
      times.push(Number(line));
    }
    return Math.min(...times);
  }

  stop(): void {
    this.#lines.close();
    this.#child.kill('SIGKILL');
  }
}

/** What may have falsified one measurement; shares from 0 to 1. */
export interface Noise {
  /** Of the system's core, taken by the hypervisor. */
  readonly stolenShare: number;
  /** Of the system's core, used by processes that aren't the system's. */
  readonly foreignShare: number;
  /** The calibration's time, the worse of before and after. */
  readonly calibrationMicros: number;
}

const maxStolenShare = 0.02;
const maxForeignShare = 0.1;
const maxSlowdown = 1.1;

/** Why a measurement isn't to be trusted, in words; undefined where nothing speaks against it. `bestMicros`: the calibration's best of the run. */
export function noiseIn(
  { stolenShare, foreignShare, calibrationMicros }: Noise,
  bestMicros: number,
): string | undefined {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (stolenShare > maxStolenShare) return `the hypervisor took ${percent(stolenShare)} of the system's core`;
  if (foreignShare > maxForeignShare) return `other processes used ${percent(foreignShare)} of the system's core`;
  if (calibrationMicros > bestMicros * maxSlowdown)
    return `the system's core was ${percent(calibrationMicros / bestMicros - 1)} slower than at its best`;
  return undefined;
}
