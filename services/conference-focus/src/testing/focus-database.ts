import { migrate, Postgres, silentLogger } from '@ringdown/platform';
import type { TestPostgres } from '@ringdown/testkit';

const migrationsDir = new URL('../../migrations', import.meta.url);

/** A new database with the focus's schema in it. */
export async function focusDatabase(server: TestPostgres): Promise<string> {
  const url = await server.createDatabase();
  await migrate({ url, schema: 'conference', dir: migrationsDir, logger: silentLogger() });
  return url;
}

const patienceMs = 20_000;

/** A pool of a pod's own. */
export function poolOf(url: string): Postgres {
  const patience = { connectTimeoutMs: patienceMs, statementTimeoutMs: patienceMs };
  return new Postgres({ url, service: 'conference-focus', schema: 'conference', logger: silentLogger(), ...patience });
}
