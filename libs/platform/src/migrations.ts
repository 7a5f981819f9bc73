import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { connectProblem, urlHostPort } from './connect-problem.js';
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
 * `unavailable` where Postgres can't be reached, and `invalid` where it refuses the user or has no such database; both name the
 * setting, host and port.
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
    throw startProblem(options.url, options.schema, error);
  }
}

/** Names the setting and what it points to, but nothing else of the URL, which may hold a password. */
function startProblem(url: string, schema: string, error: unknown): unknown {
  const problem = connectProblem(error);
  if (problem === undefined && classifyPostgresError(error) !== 'unavailable') return error;
  const { code, reason } = problem ?? { code: 'unavailable', reason: 'it does not answer' };
  return new ServiceError(
    code,
    `Postgres at ${urlHostPort(url, 5432)} cannot be used: ${reason}. RINGDOWN_POSTGRES_URL says where Postgres is.`,
    { schema, setting: 'RINGDOWN_POSTGRES_URL' },
    error,
  );
}
