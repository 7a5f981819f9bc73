import { fastMemory, startKamailio, tunedFile } from '../systems/kamailio.js';
import { startKamailioDatabase } from '../systems/kamailio-database.js';
import { startRingdown } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';

type Subscribers = readonly (readonly [username: string, password: string])[];

/** The row that the others are compared with. */
export const rival = 'kamailio';

/** A row of the table: a system that can be started with so many subscribers. */
export interface Contender {
  readonly name: string;
  start(subscribers: Subscribers): Promise<System>;
}

/** Nobody calls here, but a tenant's trunk leads somewhere. */
const trunkPort = 9;
/** While a worker waits for Postgres, the others work: with a single one, the wait would be the limit. */
const workers = 8;

/** Both have a Postgres of the same version and settings to themselves, so that what it spends is known for each. */
export const contenders: readonly Contender[] = [
  { name: 'ringdown', start: (subscribers) => startRingdown({ name: 'ringdown', subscribers, trunkPort }) },
  { name: rival, start: startWriteThrough },
];

/** auth_db, and usrloc that writes each binding before the 200. */
async function startWriteThrough(subscribers: Subscribers): Promise<System> {
  const { postgres, url } = await startKamailioDatabase('127.0.0.1', subscribers);
  const defines = ['-A', 'WITH_DB', '-A', `DB_URL="${url}"`, '-A', `WORKERS=${workers}`];
  try {
    const system = await startKamailio({
      name: rival,
      configuration: { file: tunedFile, arguments: [...fastMemory, ...defines] },
      further: [{ name: 'postgres', pid: postgres.pid }],
    });
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
