import { migrate, Postgres, silentLogger } from '@ringdown/platform';
import type { Parsed } from '@ringdown/platform/commands';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsDir } from '../../directory-runtime.js';
import { hashPassword } from '../../domain/credentials.js';
import { parseDomainName } from '../../domain/domain-name.js';
import { parseTenantId } from '../../domain/tenant-id.js';
import { parseUsername } from '../../domain/username.js';
import { putDomain } from '../../use-cases/domains.js';
import { PostgresDirectoryStore } from './postgres-directory-store.js';

function read<T>(result: Parsed<T>): T {
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}

const ha1s = hashPassword('alice', 'acme.example', 'secret');

/** What a database that stopped at each migration may hold. */
const rows: readonly (readonly string[])[] = [
  [],
  [
    `insert into directory.tenants (tenant_id, display_name, canonical_domain, realm, digest_algorithms, max_contacts_per_aor,
       min_expires_sec, max_expires_sec, default_expires_sec, max_registrations, max_concurrent_calls, max_calls_per_sec,
       fork_mode, recurse_on_redirect, redirect_mode, enabled, version)
     values ('acme', 'Acme', 'acme.example', 'acme.example', '{MD5}', 5, 60, 7200, 3600, 0, 0, 0, 'serial', true, 'proxy', true, 3)`,
    "insert into directory.domains (domain, tenant_id, version) values ('acme.example', 'acme', 4)",
    `insert into directory.subscribers (tenant_id, username, ha1_md5, ha1_sha256, ha1_sha512_256, version)
     values ('acme', 'alice', '\\x${ha1s.md5}', '\\x${ha1s.sha256}', '\\x${ha1s.sha512256}', 17)`,
    "insert into directory.identities values ('acme', 'alice', 'sip:sales@acme.example')",
    "insert into directory.numbers (e164, tenant_id, username, version) values ('+4930', 'acme', 'alice', 18)",
  ],
  [
    `insert into directory.routes (tenant_id, route_id, match_kind, match_value, action, trust_class, version)
     values ('acme', 'r1', 'domain', '*', '{"kind":"session","service":"b2bua"}', 'peer', 21)`,
    'update directory.tenants set routes_version = 22',
  ],
];

describe.each(testedPostgresVersions())('migrations on Postgres %s', (version) => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server?.stop());

  it.each([1, 2, 3, 4, 5, 6])(
    'bring a database that stopped after %i of them up to date, with what it holds',
    async (applied) => {
      const url = await server.createDatabase();
      const options = { url, schema: 'directory', dir: migrationsDir, logger: silentLogger() };
      const postgres = new Postgres({ url, service: 'test', schema: 'directory', logger: silentLogger() });
      try {
        for (let count = 1; count <= applied; count += 1) {
          expect(await migrate({ ...options, count: 1 })).toHaveLength(1);
          for (const statement of rows[count] ?? []) await postgres.query(statement);
        }
        expect(await migrate(options)).toHaveLength(6 - applied);
        expect(await migrate(options)).toEqual([]);
        const store = new PostgresDirectoryStore({
          postgres,
          importPostgres: postgres,
          committed: async () => {},
          overloaded: () => undefined,
        });
        const acme = read(parseTenantId('acme'));
        const alice = await store.subscriber(acme, read(parseUsername('alice')));
        expect(alice.value).toMatchObject({
          ha1s,
          subscriber: { version: 17, identities: ['sip:alice@acme.example', 'sip:sales@acme.example'] },
        });
        expect((await store.routes(acme)).value.routes).toHaveLength(applied >= 2 ? 1 : 0);
        // What is written from now on is newer than all that was there.
        const put = await putDomain(store, acme, read(parseDomainName('alias.example')));
        const newest = applied === 1 ? 18 : 22;
        expect(put.ok && put.value.entity.version).toBe(newest + 1);
      } finally {
        await postgres.close();
      }
    },
  );

  it('are applied once by replicas that start together', async () => {
    const url = await server.createDatabase();
    const options = { url, schema: 'directory', dir: migrationsDir, logger: silentLogger() };
    const applied = await Promise.all([migrate(options), migrate(options), migrate(options)]);
    expect(applied.map(({ length }) => length).sort()).toEqual([0, 0, 6]);
  });

  it('make a database that keeps realms and canonical domains', async () => {
    const url = await server.createDatabase();
    await migrate({ url, schema: 'directory', dir: migrationsDir, logger: silentLogger() });
    const postgres = new Postgres({ url, service: 'test', schema: 'directory', logger: silentLogger() });
    try {
      for (const statement of rows[1]!) await postgres.query(statement);
      await expect(postgres.query("update directory.tenants set realm = 'x'")).rejects.toThrow(/never change/);
      await expect(postgres.query("update directory.tenants set canonical_domain = 'x'")).rejects.toThrow(
        /never change/,
      );
      await postgres.query("update directory.tenants set display_name = 'x'");
    } finally {
      await postgres.close();
    }
  });
});
