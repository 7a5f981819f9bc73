import { nodeOptions } from '@ringdown/testbed';
import { AskedProcess } from '../asked-process.js';
import { kinds } from '../cell.js';
import type { MixingSystem } from './mixing-system.js';
import type { RingdownQuestions } from './ringdown-questions.js';

const module = new URL('./ringdown-host.js', import.meta.url);

/** Starts Ringdown's mixer, with sockets of a kind (RINGDOWN_UDP). `profileFolder`: where its threads leave what they spent their time on, when it stops. */
export function startRingdown(name: string, udp: 'auto' | 'dgram', profileFolder: string | undefined): MixingSystem {
  const profiled = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = new AskedProcess<RingdownQuestions>(module, { options: [...nodeOptions, ...profiled], args: [udp] });
  return {
    name,
    pid: child.pid,
    kinds,
    open: (kind, rooms, load) => child.ask('open', { kind, rooms, load }),
    clear: () => child.ask('clear', undefined),
    lateP99Ms: () => child.ask('lateP99Ms', undefined),
    stop: () => child.end(),
  };
}
