import type { location } from '@ringdown/contracts';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocationRuntime } from './location-runtime.js';
import { bindRequest, contact, register } from './testing/contacts.js';
import { openReplica } from './testing/replica.js';

describe.each(testedPostgresVersions())('limits of registrations on Postgres %s', { timeout: 60_000 }, (version) => {
  let server: TestPostgres;
  let client: pg.Client;
  let replicas: readonly [LocationRuntime, LocationRuntime];

  const user = (n: number): string => `sip:u${n}@example.org`;
  const bind = async (
    n: number,
    o: { maxRegistrations?: number; expiresSec?: number; tenantId?: string; cseq?: number } = {},
    replica = replicas[n % 2] ?? replicas[0],
  ): Promise<NonNullable<location.BindResponse['outcome']>> => {
    const { expiresSec = 60, cseq = 1, ...rest } = o;
    const command = register(`c${n}`, cseq, [contact(`k${n}`, { expiresSec })], {
      addressOfRecord: user(n),
      maxRegistrations: 3,
      ...rest,
    });
    const { outcome } = await replica.service.bind(bindRequest(command));
    if (outcome === undefined) throw new Error('no outcome');
    return outcome;
  };
  const all = async (tenantId = 't1'): Promise<{ counted: number; bound: number }> => {
    const { rows } = await client.query<{ counted: number; bound: number }>(
      `select coalesce((select registrations from location.registrations where tenant_id = $1), 0)::float8 as counted,
         (select count(distinct address_of_record) from location.bindings where tenant_id = $1 and not removed)::float8 as bound`,
      [tenantId],
    );
    return rows[0] ?? { counted: -1, bound: -1 };
  };

  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = await server.createDatabase();
    replicas = [await openReplica(url), await openReplica(url)];
    client = new pg.Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await Promise.all(replicas.map((replica) => replica.stop()));
  });

  it('refuses one registration too many, and no refresh', async () => {
    for (const n of [0, 1, 2]) expect((await bind(n)).$case).toBe('ok');
    const refused = await bind(3);
    expect(refused).toEqual({ $case: 'registrationsExhausted', value: { maxRegistrations: 3, registrations: 3 } });
    expect((await replicas[0].service.lookup({ tenantId: 't1', addressOfRecord: user(3) })).bindings).toEqual([]);
    expect((await bind(1, { cseq: 2 })).$case).toBe('ok');
    expect((await bind(2, { cseq: 2, maxRegistrations: 1 })).$case).toBe('ok');
    expect(await all()).toEqual({ counted: 3, bound: 3 });
  });

  it('has room again when one unregisters, loses its flow or expires', async () => {
    for (const n of [0, 1, 2]) await bind(n);
    await bind(0, { cseq: 2, expiresSec: 0 });
    expect((await bind(3)).$case).toBe('ok');
    const flow = { flowToken: 'flow-k1', edgeId: 'e1', incarnation: 'i1', bindingKey: '' };
    await replicas[0].service.unbind({ tenantId: 't1', addressOfRecord: user(1), ...flow });
    expect((await bind(4)).$case).toBe('ok');
    expect((await bind(5)).$case).toBe('registrationsExhausted');
    await client.query("update location.bindings set expires_at = now() - interval '1 s' where binding_key = 'k2'");
    await replicas[0].sweep.sweep();
    await replicas[1].sweep.sweep();
    expect((await bind(5)).$case).toBe('ok');
    expect(await all()).toEqual({ counted: 3, bound: 3 });
  });

  it('is one tenant’s, and none where 0 or nothing is said', async () => {
    for (const n of [0, 1, 2]) await bind(n);
    expect((await bind(9, { tenantId: 't2' })).$case).toBe('ok');
    expect((await bind(10, { maxRegistrations: 0 })).$case).toBe('ok');
    const { maxRegistrations: _, ...unlimited } = bindRequest(
      register('c', 1, [contact('k')], { addressOfRecord: user(11) }),
    );
    expect((await replicas[0].service.bind(unlimited)).outcome?.$case).toBe('ok');
    expect([await all('t1'), await all('t2')]).toEqual([
      { counted: 5, bound: 5 },
      { counted: 1, bound: 1 },
    ]);
  });

  it('holds exactly while two replicas register and unregister at once', async () => {
    const wave = (count: number, o: Parameters<typeof bind>[1]): Promise<string[]> =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          bind(n, { ...o, tenantId: `t${n % 3}`, maxRegistrations: 20 }, replicas[(n >> 2) % 2]).then((it) => it.$case),
        ),
      );
    for (let round = 0; round < 4; round += 1) {
      const outcomes = await wave(120, { cseq: 2 * round + 1 });
      expect(outcomes.filter((it) => it === 'ok')).toHaveLength(60);
      for (const tenant of ['t0', 't1', 't2']) expect(await all(tenant)).toEqual({ counted: 20, bound: 20 });
      const [off, on] = await Promise.all([
        wave(120, { cseq: 2 * round + 2, expiresSec: 0 }),
        bind(999, { cseq: 2 * round + 1, maxRegistrations: 21 }),
      ]);
      expect([new Set(off), on.$case]).toEqual([new Set(['ok']), 'ok']);
      await bind(999, { cseq: 2 * round + 2, expiresSec: 0 });
      for (const tenant of ['t0', 't1', 't2']) expect(await all(tenant)).toEqual({ counted: 0, bound: 0 });
    }
  });
});
