import { randomBytes } from 'node:crypto';
import { migrate, Postgres, silentLogger } from '@ringdown/platform';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DEFINITION } from '../../domain/room.js';
import type { RoomRow } from '../../ports/room-store.js';
import { FakeTenants } from '../../testing/fake-tenants.js';
import { deleteRoom, putRoom, type RoomRequest } from '../../use-cases/rooms.js';
import { StoredRoomDirectory } from '../../use-cases/stored-room-directory.js';
import { PostgresRoomStore } from './postgres-room-store.js';
import { PostgresUsage } from './postgres-usage.js';

const migrationsDir = new URL('../../../migrations', import.meta.url);
const plain: RoomRow = { definition: DEFAULT_DEFINITION, pin: undefined, moderatorPin: undefined };
const wanted = (change: Partial<RoomRequest['definition']> = {}, pins: Partial<RoomRequest> = {}): RoomRequest => ({
  definition: { ...DEFAULT_DEFINITION, ...change },
  pin: undefined,
  moderatorPin: undefined,
  ...pins,
});

describe.each(testedPostgresVersions())('rooms on Postgres %s', (version) => {
  let server: TestPostgres;
  let postgres: Postgres;
  let store: PostgresRoomStore;
  const tenants = new FakeTenants();
  const put = (name: string, request: RoomRequest, tenantId = 'acme') =>
    putRoom({ store, tenants, randomBytes }, tenantId, name, request);

  beforeAll(async () => {
    server = await startPostgres({ version });
    const url = await server.createDatabase();
    await migrate({ url, schema: 'conference', dir: migrationsDir, logger: silentLogger() });
    postgres = new Postgres({ url, service: 'test', schema: 'conference', logger: silentLogger() });
    store = new PostgresRoomStore(postgres);
  }, 60_000);
  afterAll(async () => {
    await postgres?.close();
    await server?.stop();
  });

  it('are created, changed, left alone by a repetition, and removed', async () => {
    const first = await put('daily', wanted({ displayName: 'Daily', recording: 'allowed' }, { pin: '4711' }));
    expect(first).toMatchObject({ ok: true, value: { effect: 'created', entity: { name: 'daily' } } });
    const again = await put('daily', wanted({ displayName: 'Daily', recording: 'allowed' }, { pin: '4711' }));
    expect(again).toMatchObject({ ok: true, value: { effect: 'unchanged' } });
    if (!first.ok || !again.ok) throw new Error('not put');
    expect(again.value.entity).toEqual(first.value.entity);

    const changed = await put('daily', wanted({ maxMembers: 5 }));
    expect(changed).toMatchObject({
      ok: true,
      value: {
        effect: 'updated',
        entity: { definition: { maxMembers: 5, displayName: undefined, recording: 'never' } },
      },
    });
    if (!changed.ok) throw new Error('not put');
    expect(changed.value.entity.version).toBeGreaterThan(first.value.entity.version);
    // What isn't said of a PIN stays, and null takes it away.
    expect(changed.value.entity.pin?.matches('4711')).toBe(true);
    await put('daily', wanted({}, { pin: null }));
    expect((await store.room('acme', 'daily'))?.pin).toBeUndefined();

    expect(await deleteRoom({ store }, 'acme', 'daily')).toEqual({ ok: true, value: undefined });
    expect(await deleteRoom({ store }, 'acme', 'daily')).toMatchObject({ ok: false, failure: { kind: 'not-found' } });
    expect(await store.room('acme', 'daily')).toBeUndefined();
  });

  it('belong to one tenant', async () => {
    await put('own', wanted());
    expect(await store.room('other', 'own')).toBeUndefined();
    expect(await store.remove('other', 'own')).toBe(false);
    expect(await put('own', wanted(), 'nobody')).toMatchObject({ ok: false, failure: { kind: 'not-found' } });
  });

  it("have no subscriber's name, and moderators at canonical domains", async () => {
    expect(await put('alice', wanted())).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', errors: [{ field: 'name', detail: expect.stringContaining('subscriber') }] },
    });
    const moderators = ['sip:bob@Alias.Example', 'sips:bob@acme.example', 'sip:eve@elsewhere.example'];
    expect(await put('led', wanted({ moderators }))).toMatchObject({
      ok: true,
      value: { entity: { definition: { moderators: ['sip:bob@acme.example', 'sip:eve@elsewhere.example'] } } },
    });
  });

  it.each([
    ['both given', {}, { pin: '1234', moderatorPin: '1234' }],
    ['one kept', { moderatorPin: '1234' }, { pin: '1234' }],
    ['the other kept', { pin: '1234' }, { moderatorPin: '1234' }],
  ])('have two PINs that differ: %s', async (_what, before, after) => {
    await store.remove('acme', 'two');
    await put('two', wanted({}, before));
    expect(await put('two', wanted({}, after))).toMatchObject({
      ok: false,
      failure: { kind: 'invalid', errors: [{ field: 'moderatorPin' }] },
    });
    expect(await put('two', wanted({}, { pin: '1111', moderatorPin: '2222' }))).toMatchObject({ ok: true });
  });

  it('are created once by those who create the same one together', async () => {
    const effects = await Promise.all(
      Array.from({ length: 8 }, async () => (await store.write('acme', 'race', () => plain))?.effect),
    );
    expect(effects.sort()).toEqual(['created', ...Array.from({ length: 7 }, () => 'unchanged')]);
  });

  it('are listed by the page, in the order of their names under every locale', async () => {
    for (const name of ['b', 'a_c', 'a-b', 'a.b', 'ab', 'a']) await store.write('pages', name, () => plain);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.rooms('pages', { limit: 2, after });
      seen.push(...page.items.map(({ name }) => name));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(['a', 'a-b', 'a.b', 'a_c', 'ab', 'b']);
    await store.removeTenant('pages');
    expect((await store.rooms('pages', { limit: 2, after: undefined })).items).toEqual([]);
  });

  it('are read with defaults for what an older version has not written', async () => {
    await postgres.query(
      `insert into conference.rooms (tenant_id, name, settings, version) values ('acme', 'old', '{"maxMembers": 3}', 1)`,
    );
    expect((await store.room('acme', 'old'))?.definition).toEqual({ ...DEFAULT_DEFINITION, maxMembers: 3 });
  });

  it('are what conferences ask for, for a second', async () => {
    let now = 0;
    const usage = new PostgresUsage(postgres);
    const directory = new StoredRoomDirectory({ rooms: store, usage, tenants, now: () => now });
    expect(await directory.room('acme', 'asked')).toBeUndefined();
    await put('asked', wanted({ subject: 'Plans' }, { moderatorPin: '9999' }));
    expect(await directory.room('acme', 'asked')).toBeUndefined();
    now = 1_000;
    const room = await directory.room('acme', 'asked');
    expect(room).toMatchObject({ name: 'asked', uri: 'sip:asked@acme.example', subject: 'Plans', pin: undefined });
    expect(room?.moderatorPin?.matches('9999')).toBe(true);
    expect(await directory.room('nobody', 'asked')).toBeUndefined();
    expect(await directory.tenant('acme')).toMatchObject({ canonicalDomain: 'acme.example' });
  });

  it('have minutes that add up by tenant and month', async () => {
    const usage = new PostgresUsage(postgres);
    await Promise.all([
      usage.add(
        new Map([
          ['acme', 59_999.6],
          ['other', 3_600_000],
        ]),
      ),
      usage.add(
        new Map([
          ['other', 60_000],
          ['acme', 90_000],
        ]),
      ),
    ]);
    expect(await usage.memberMinutesThisMonth('acme')).toBe(2);
    expect(await usage.memberMinutesThisMonth('other')).toBe(61);
    expect(await usage.memberMinutesThisMonth('nobody')).toBe(0);
    await postgres.query("update conference.usage set month = month - interval '1 month'");
    expect(await usage.memberMinutesThisMonth('other')).toBe(0);
  });
});
