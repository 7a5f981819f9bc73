import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';
import { fastMemory, startKamailio, stockFile, tunedFile } from '../systems/kamailio.js';
import { startKamailioDatabase } from '../systems/kamailio-database.js';
import { startRingdown } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';
import { callers, type Variant } from './variant.js';

type Subscribers = readonly (readonly [username: string, password: string])[];

/** The row that the others are compared with. */
export const rival = 'kamailio tuned';

/** A row of the table: a system that can be started. */
export interface Contender {
  readonly name: string;
  /** `callerPort`: where calls that aren't challenged come from. */
  start(variant: Variant, callees: Subscribers, callerPort: number): Promise<System>;
}

const host = '127.0.0.1';

/** Every system that takes part in `call`, in the order of the rows. */
export const contenders: readonly Contender[] = [
  { name: 'ringdown', start: startPlatform('ringdown', {}) },
  ...(hasSetting('RINGDOWN_UDP')
    ? [{ name: 'ringdown (dgram)', start: startPlatform('ringdown (dgram)', { RINGDOWN_UDP: 'dgram' }) }]
    : []),
  { name: rival, start: (variant) => startTuned(rival, variant, true) },
  { name: 'kamailio tuned without 100', start: (variant) => startTuned('kamailio tuned without 100', variant, false) },
  { name: 'kamailio stock', start: (variant, callees) => startStock('kamailio stock', variant, callees) },
];

/** A setting that a service doesn't know stops its start. */
function hasSetting(name: string): boolean {
  return readFileSync(join(checkoutRoot, 'docs', 'settings.md'), 'utf8').includes(`\`${name}\``);
}

function startPlatform(name: string, environment: Readonly<Record<string, string>>): Contender['start'] {
  return (_, callees, trunkPort) =>
    startRingdown({ name, subscribers: [...callees, ...callers], trunkPort, environment });
}

function startTuned(name: string, variant: Variant, sendsTrying: boolean): Promise<System> {
  const subscribers = ['-A', 'WITH_AUTH', '-A', `SUBSCRIBERS=${callers.length}`];
  const defines = ['-A', `AUTO_100=${sendsTrying ? 1 : 0}`, ...(variant === 'digest' ? subscribers : [])];
  return startKamailio({ name, configuration: { file: tunedFile, arguments: [...fastMemory, ...defines] } });
}

/** Debian's configuration as it is; with digest, what its comments say to define, with Postgres in the place of MySQL. */
async function startStock(name: string, variant: Variant, callees: Subscribers): Promise<System> {
  if (variant === 'trunk') return startKamailio({ name, configuration: { file: stockFile, local: '', arguments: [] } });
  const { postgres, url } = await startKamailioDatabase(host, [...callees, ...callers]);
  const local = `#!define WITH_AUTH\n#!define DBURL "${url}"\nloadmodule "db_postgres.so"\n`;
  try {
    const further = [{ name: 'postgres', pid: postgres.pid }];
    const system = await startKamailio({ name, configuration: { file: stockFile, local, arguments: [] }, further });
    const stop = async (): Promise<void> => {
      await system.stop();
      await postgres.stop();
    };
    return { ...system, stop };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
