import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { Logger } from './logger.js';
import { classifyPostgresError } from './postgres-errors.js';
import { ServiceError } from './service-error.js';

export interface MigrateOptions {
  readonly url: string;
  /** The schema the service owns; it is created if need be, and holds the table of applied migrations. */
  readonly schema: string;
  /** The folder of migrations, as a path or a file: URL (`new URL('../migrations', import.meta.url)`). */
  readonly dir: string | URL;
  readonly logger: Logger;
  /** How many to apply at most; all by default. For tests of upgrades. */
  readonly count?: number;
}

/**
 * Brings a service's schema up to date: all pending migrations in one transaction, under node-pg-migrate's advisory lock, so
 * that replicas that start together apply them once. Returns the names of those applied now. Throws ServiceError
 * `unavailable` where Postgres can't be reached.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const quiet = () => undefined;
  try {
    const applied = await runner({
      databaseUrl: {
        connectionString: options.url,
        application_name: `ringdown-${options.schema}-migrations`,
        connectionTimeoutMillis: 5_000,
      },
      dir: options.dir instanceof URL ? fileURLToPath(options.dir) : options.dir,
      schema: options.schema,
      createSchema: true,
      migrationsSchema: options.schema,
      migrationsTable: 'migrations',
      direction: 'up',
      count: options.count ?? Number.POSITIVE_INFINITY,
      singleTransaction: true,
      checkOrder: true,
      advisoryLockMode: 'wait',
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const names = applied.map((migration) => migration.name);
    if (names.length > 0) options.logger.info('Migrations applied', { schema: options.schema, migrations: names });
    return names;
  } catch (error) {
    if (classifyPostgresError(error) !== 'unavailable') throw error;
    throw new ServiceError(
      'unavailable',
      'Postgres cannot be reached to apply migrations',
      { schema: options.schema },
      error,
    );
  }
}
