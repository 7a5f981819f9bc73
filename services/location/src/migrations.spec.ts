import { readdirSync } from 'node:fs';
import { migrate, silentLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsDir } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { okOf, openReplica } from './testing/replica.js';

const migrations = readdirSync(migrationsDir).filter((name) => name.endsWith('.sql'));

/** Bindings as the first migration's tables have them; later ones keep them. */
const populate = `
insert into location.addresses (tenant_id, address_of_record, version) values ('t1', 'sip:old@example.org', 41);
insert into location.bindings (tenant_id, address_of_record, binding_key, removed, expires_at, updated_at, call_id, cseq,
  request_digest, uri, contact_params, q_thousandths, instance_id, reg_id, path, flow_token, edge_id, incarnation,
  received_transport, received_host, received_port, user_agent)
values ('t1', 'sip:old@example.org', 'k-old', false, now() + interval '1 hour', now(), 'c-old', 7, 'd', 'sip:old@192.0.2.9',
  '', null, '', 0, '{"<sip:p.example.org;lr>"}', 'f', 'e1', 'i1', 'UDP', '192.0.2.9', 5060, 'phone');`;

describe.each(testedPostgresVersions())('migrations on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server.stop());

  it.each(migrations.map((name, i) => [name, i + 1] as const))(
    'upgrade what was populated after %s',
    async (_, count) => {
      const url = await server.createDatabase();
      await migrate({ url, schema: 'location', dir: migrationsDir, logger: silentLogger(), count });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(populate);
      await client.end();
      const replica = await openReplica(url);
      const old = { tenantId: 't1', addressOfRecord: 'sip:old@example.org' };
      expect(await replica.service.lookup(old)).toMatchObject({
        version: 41,
        bindings: [{ bindingKey: 'k-old', cseq: 7, path: ['<sip:p.example.org;lr>'] }],
      });
      const ok = okOf(await replica.service.bind(bindRequest(register('c', 1, [contact('k-new')], old))));
      expect([ok.version, ok.bindings.map((binding) => binding.bindingKey)]).toEqual([42, ['k-new', 'k-old']]);
      await replica.stop();
    },
  );

  it.each([1, 2])('count the registrations that were there after %i of them', async (count) => {
    const url = await server.createDatabase();
    await migrate({ url, schema: 'location', dir: migrationsDir, logger: silentLogger(), count });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(populate);
    await client.end();
    const replica = await openReplica(url);
    const command = register('c', 1, [contact('k')], { addressOfRecord: 'sip:new@example.org', maxRegistrations: 1 });
    expect((await replica.service.bind(bindRequest(command))).outcome).toEqual({
      $case: 'registrationsExhausted',
      value: { maxRegistrations: 1, registrations: 1 },
    });
    await replica.stop();
  });

  it('are applied once by replicas that start together', async () => {
    const url = await server.createDatabase();
    const replicas = await Promise.all(Array.from({ length: 3 }, () => openReplica(url)));
    const names = await migrate({ url, schema: 'location', dir: migrationsDir, logger: silentLogger() });
    expect(names).toEqual([]);
    await Promise.all(replicas.map((replica) => replica.stop()));
  });
});
