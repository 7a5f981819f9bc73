import { migrationsDir as accountingMigrations } from '@ringdown/accounting';
import { migrationsDir as conferenceMigrations } from '@ringdown/conference-focus';
import { migrationsDir as directoryMigrations } from '@ringdown/directory';
import { migrationsDir as locationMigrations } from '@ringdown/location';
import { createLogger, migrate } from '@ringdown/platform';
import { settingsOf } from './environment.js';
import { exitWith } from './run.js';
import { StartProblem } from './start-problem.js';

/** The schemas of all services: each owns its own, and would bring it up to date at its start as well. */
const schemas: readonly (readonly [schema: string, dir: URL])[] = [
  ['directory', directoryMigrations],
  ['location', locationMigrations],
  ['conference', conferenceMigrations],
  ['accounting', accountingMigrations],
];

/** Brings the tables of every service up to date and ends, so that an upgrade changes them once, before any service starts. */
async function main(): Promise<void> {
  const { postgresUrl, logLevel } = settingsOf(process.env);
  if (postgresUrl === undefined)
    throw new StartProblem('RINGDOWN_POSTGRES_URL is missing: it says where the tables are.');
  const logger = createLogger({ service: 'migrate', level: logLevel });
  for (const [schema, dir] of schemas) {
    const applied = await migrate({ url: postgresUrl, schema, dir, logger });
    process.stdout.write(`${schema}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}\n`);
  }
}

main().catch(exitWith);
