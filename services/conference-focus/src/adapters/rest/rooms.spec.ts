import { directory, directoryEvents } from '@ringdown/contracts';
import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ControlledPod } from '../../testing/controlled-pod.js';
import { focusDatabase } from '../../testing/focus-database.js';

const rooms = '/v1/tenants/acme/conferences/rooms';

describe('the REST API of rooms', () => {
  let postgres: TestPostgres;
  let pod: ControlledPod;
  const errorsOf = (json: Record<string, unknown>) => json['errors'] as { field: string; detail: string }[];

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    pod = new ControlledPod(await focusDatabase(postgres));
    await pod.listen();
  }, 60_000);
  afterAll(async () => {
    await pod?.stop();
    await postgres?.stop();
  });

  describe('a room', () => {
    it('is created with its defaults, and stays as it is when the same PUT comes again', async () => {
      const created = await pod.ask('PUT', `${rooms}/daily`, { json: {} });
      expect([created.status, created.headers.get('location')]).toEqual([201, `${rooms}/daily`]);
      expect(created.json).toEqual({
        tenantId: 'acme',
        name: 'daily',
        displayName: '',
        subject: '',
        moderators: [],
        waitForModerator: false,
        maxMembers: 0,
        lockedFromStart: false,
        joinTones: true,
        mutedOnEntry: false,
        recording: 'never',
        holdMusic: true,
        video: true,
        srtpRequired: false,
        endWithLastModerator: false,
        maxDurationSec: 86_400,
        hasPin: false,
        hasModeratorPin: false,
        version: expect.any(Number),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const again = await pod.ask('PUT', `${rooms}/daily`, { json: {} });
      expect([again.status, again.json]).toEqual([200, created.json]);
      expect((await pod.ask('GET', `${rooms}/daily`)).json).toEqual(created.json);
    });

    it('has PINs that are never given out, stay where nothing is said of them, and go by null', async () => {
      const json = { pin: '4711', moderatorPin: '4712', moderators: ['sip:bob@alias.test'] };
      const created = await pod.ask('PUT', `${rooms}/secret`, { json });
      expect(created.json).toMatchObject({ hasPin: true, hasModeratorPin: true, moderators: ['sip:bob@acme.test'] });
      expect(created.text).not.toContain('4711');
      expect((await pod.ask('PUT', `${rooms}/secret`, { json: {} })).json).toMatchObject({ hasPin: true });
      expect((await pod.ask('PUT', `${rooms}/secret`, { json: { pin: null } })).json).toMatchObject({
        hasPin: false,
        hasModeratorPin: true,
      });
    });

    it.each<[unknown, string]>([
      [{ maxMembers: -1 }, 'maxMembers'],
      [{ maxMembers: 'many' }, 'maxMembers'],
      [{ recording: 'sometimes' }, 'recording'],
      [{ pin: '12' }, 'pin'],
      [{ pin: '1234', moderatorPin: '1234' }, 'moderatorPin'],
      [{ moderators: ['bob'] }, 'moderators.0'],
      [{ displayName: 'a\nb' }, 'displayName'],
      [{ colour: 'red' }, 'colour'],
      [{ maxDurationSec: 604_801 }, 'maxDurationSec'],
    ])('is refused with %j, naming the field', async (json, field) => {
      const refused = await pod.ask('PUT', `${rooms}/bad`, { json });
      expect([refused.status, refused.headers.get('content-type')]).toEqual([
        422,
        'application/problem+json; charset=utf-8',
      ]);
      expect(errorsOf(refused.json).map((error) => error.field)).toEqual([field]);
      expect((await pod.ask('GET', `${rooms}/bad`)).status).toBe(404);
    });

    it.each([
      ['alice', 409, /subscriber/],
      ['Daily', 400, /lower-case/],
      ['conference-factory', 400, /makes rooms/],
      ['adhoc-0123456789ab', 400, /factory/],
    ])('can not be called %s: %i', async (name, status, why) => {
      const refused = await pod.ask('PUT', `${rooms}/${name}`, { json: {} });
      expect([refused.status, refused.json['detail']]).toEqual([status, expect.stringMatching(why)]);
    });

    it('is listed by the page, and removed', async () => {
      for (const name of ['l1', 'l2', 'l3']) await pod.ask('PUT', `${rooms}/${name}`, { json: {} });
      const names: unknown[] = [];
      let next: unknown = '';
      while (next !== null) {
        const page = await pod.ask('GET', `${rooms}?limit=2${next === '' ? '' : `&cursor=${String(next)}`}`);
        names.push(...(page.json['items'] as { name: string }[]).map(({ name }) => name));
        next = page.json['next'];
      }
      expect(names).toEqual([...names].sort());
      expect(names).toEqual(expect.arrayContaining(['l1', 'l2', 'l3']));
      expect((await pod.ask('DELETE', `${rooms}/l2`)).status).toBe(204);
      expect((await pod.ask('DELETE', `${rooms}/l2`)).status).toBe(404);
      expect((await pod.ask('GET', `${rooms}?cursor=x`)).status).toBe(400);
    });

    it('belongs to a tenant that there is', async () => {
      for (const [method, path] of [
        ['GET', '/v1/tenants/nobody/conferences/rooms'],
        ['GET', '/v1/tenants/nobody/conferences/rooms/x'],
        ['PUT', '/v1/tenants/nobody/conferences/rooms/x'],
        ['DELETE', '/v1/tenants/nobody/conferences/rooms/x'],
      ] as const) {
        const answer = await pod.ask(method, path, method === 'PUT' ? { json: {} } : {});
        expect([method, path, answer.status]).toEqual([method, path, 404]);
      }
    });

    it('belongs to a tenant whose id can be one', async () => {
      const refused = await pod.ask('GET', '/v1/tenants/Not_one/conferences/rooms');
      expect([refused.status, errorsOf(refused.json).map(({ field }) => field)]).toEqual([400, ['tenantId']]);
    });

    it('waits for a directory that is away', async () => {
      pod.directory.isAway = true;
      try {
        const refused = await pod.ask('PUT', `${rooms}/other`, { json: {} });
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
        // What needs no directory is there.
        expect((await pod.ask('GET', `${rooms}/daily`)).status).toBe(200);
      } finally {
        pod.directory.isAway = false;
      }
    });
  });

  it('forgets the rooms of a tenant that is removed', async () => {
    await pod.postgres.query(
      "insert into conference.rooms (tenant_id, name, settings, version) values ('leaving', 'a', '{}', 1), ('staying', 'a', '{}', 1)",
    );
    const change = (tenantId: string, removed: boolean): void => {
      const subject = { $case: 'tenant', value: { removed } } as const;
      const event = directory.WatchResponse.create({ position: 1, change: { tenantId, version: 1, subject } });
      pod.bus.publish(directoryEvents.subject(event), directoryEvents.encode(event));
    };
    change('staying', false);
    change('leaving', true);
    await vi.waitFor(async () => {
      const { rows } = await pod.postgres.query("select tenant_id from conference.rooms where tenant_id like '%ing'");
      expect(rows).toEqual([{ tenant_id: 'staying' }]);
    });
  });
});
