import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Ticks since the start: of work, of a processor that was wanted while the host ran somebody else, and of all processors together. */
interface Ticks {
  readonly busy: number;
  readonly stolen: number;
  readonly all: number;
}

const readMachine = (): string => readFileSync('/proc/stat', 'latin1');

function ticks(stat: string): Ticks {
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, stolen = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softIrq;
  return { busy, stolen, all: busy + stolen + idle + ioWait };
}

/** What a virtual machine's host took from it ("steal" in /proc/stat) since this was made. Where the machine is a real one it is nothing. */
export class StolenTime {
  readonly #read: () => string;
  readonly #from: Ticks;

  constructor(read: () => string = readMachine) {
    this.#read = read;
    this.#from = ticks(read());
  }

  /** Of the processor time that was wanted, the share (0 to 1) that wasn't to be had. */
  get ofWanted(): number {
    const { busy, stolen } = this.#since();
    return stolen === 0 ? 0 : stolen / (busy + stolen);
  }

  /** Of all time of all processors, the share (0 to 1) that others had while it was wanted here. */
  get ofAll(): number {
    const { stolen, all } = this.#since();
    return all === 0 ? 0 : stolen / all;
  }

  #since(): Ticks {
    const now = ticks(this.#read());
    return {
      busy: now.busy - this.#from.busy,
      stolen: now.stolen - this.#from.stolen,
      all: now.all - this.#from.all,
    };
  }
}

/** Less than this of all time is stolen on a machine that is called quiet. */
const quietShare = 0.05;
const lookMs = 1_000;

/** Waits for a second in which the host leaves this machine alone, at most as long as is said: for what is then measured in milliseconds. */
export async function quietMachine(atMostMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < atMostMs; waitedMs += lookMs) {
    const stolen = new StolenTime();
    await delay(lookMs);
    if (stolen.ofAll < quietShare) return;
  }
}
