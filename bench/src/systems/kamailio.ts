import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot, freePorts, startChild } from '@ringdown/testbed';
import { answers } from './answers.js';
import type { Part, System } from './system.js';

export interface KamailioOptions {
  readonly name: string;
  /** A configuration with a folder of its own, made of what is written here into `kamailio.cfg` and beside it. */
  readonly configuration: KamailioConfiguration;
  /** Processes that count as the system's too, such as its Postgres. */
  readonly further?: readonly Part[];
}

export interface KamailioConfiguration {
  readonly file: string;
  /** What `kamailio.cfg` imports as `kamailio-local.cfg`, as Debian's does. */
  readonly local?: string;
  /** Further arguments: defines, allocators. */
  readonly arguments: readonly string[];
}

export const tunedFile = join(checkoutRoot, 'bench', 'kamailio', 'tuned.cfg');
export const stockFile = '/etc/kamailio/kamailio.cfg';
/** What makes the allocators fast instead of checking. */
export const fastMemory = ['-x', 'fm', '-X', 'fm'];

/** Enough for the transactions that linger at thousands of calls a second, alike for every configuration. */
const memory = ['-m', '1024', '-M', '16'];
const startMs = 10_000;

/** Starts Kamailio on a free port of loopback, and resolves when it answers there. */
export async function startKamailio(options: KamailioOptions): Promise<System> {
  const { name, configuration, further = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-kamailio-'));
  const file = join(folder, 'kamailio.cfg');
  copyFileSync(configuration.file, file);
  if (configuration.local !== undefined) writeFileSync(join(folder, 'kamailio-local.cfg'), configuration.local);
  mkdirSync(join(folder, 'run'));
  const sip = `127.0.0.1:${await freePorts(1)}`;
  const places = ['-f', file, '-w', folder, '-Y', join(folder, 'run'), '-P', join(folder, 'pid')];
  const child = startChild('kamailio', [...places, '-DD', ...memory, '-l', `udp:${sip}`, ...configuration.arguments], {
    cwd: folder,
  });
  const stop = async (): Promise<void> => {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(sip, startMs);
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start; it printed:\n${child.output()}`, { cause: error });
  }
  return { name, sip, domain: sip, parts: [{ name: 'kamailio', pid: child.process.pid ?? -1 }, ...further], stop };
}
