import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';

/** A Postgres with Kamailio's own tables, and what it takes to connect. */
export interface KamailioDatabase {
  readonly postgres: TestPostgres;
  readonly url: string;
}

const tables = '/usr/share/kamailio/postgres';

/** Starts a Postgres and creates the tables as `kamdbctl` does, with the subscribers as they are stored: password and HA1. */
export async function startKamailioDatabase(
  realm: string,
  subscribers: readonly (readonly [username: string, password: string])[],
): Promise<KamailioDatabase> {
  const version = testedPostgresVersions()[0];
  if (version === undefined) throw new Error('no Postgres on this machine: apt-get install postgresql-15');
  const postgres = await startPostgres({ version });
  try {
    const url = await postgres.createDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const part of ['standard', 'auth_db', 'usrloc'])
        await client.query(readFileSync(join(tables, `${part}-create.sql`), 'utf8'));
      await client.query(
        `insert into subscriber (username, domain, password, ha1)
         select username, $1::text, password, md5(username || ':' || $1::text || ':' || password)
         from unnest($2::text[], $3::text[]) as given (username, password)`,
        [realm, subscribers.map(([username]) => username), subscribers.map(([, password]) => password)],
      );
    } finally {
      await client.end();
    }
    return { postgres, url };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
