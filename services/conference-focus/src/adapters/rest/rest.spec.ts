import { findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ControlledPod } from '../../testing/controlled-pod.js';
import { focusDatabase } from '../../testing/focus-database.js';

const rooms = '/v1/tenants/acme/conferences/rooms';
const under = (room: string) => `/v1/tenants/acme/conferences/${room}`;

describe('the REST API of conferences', () => {
  let postgres: TestPostgres;
  let pod: ControlledPod;

  beforeAll(async () => {
    postgres = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    pod = new ControlledPod(await focusDatabase(postgres));
    await pod.listen();
  }, 60_000);
  afterAll(async () => {
    await pod?.stop();
    await postgres?.stop();
  });

  describe('a conference under way', () => {
    let alice: string;
    let bob: string;
    const member = (id: string) => `${under('talk')}/members/${id}`;
    const endpoints = async () =>
      ((await pod.ask('GET', under('talk'))).json['users'] as { endpoints: Record<string, unknown>[] }[]).flatMap(
        (user) => user.endpoints,
      );
    const bobIs = async () => (await endpoints()).find(({ memberId }) => memberId === bob);

    beforeAll(async () => {
      const json = { moderators: ['sip:alice@acme.test'], recording: 'allowed', displayName: 'Talk' };
      await pod.ask('PUT', `${rooms}/talk`, { json });
      alice = (await pod.join('talk', 'alice')).id;
      bob = (await pod.join('talk', 'bob')).id;
      pod.mixer.room.statistics = async () => ({
        packetsReceived: 500,
        packetsLost: -1,
        packetsSent: 400,
        jitterMs: 2,
        roundTripMs: undefined,
        refused: { source: 0, replay: 7, authentication: 0, malformed: 0, 'payload-type': 0, flood: 0 },
      });
    });

    it('is shown with who is in it', async () => {
      const { status, json } = await pod.ask('GET', under('talk'));
      expect(status).toBe(200);
      expect(json).toMatchObject({
        tenantId: 'acme',
        room: 'talk',
        focusId: 'focus-1',
        entity: 'sip:talk@acme.test',
        displayName: 'Talk',
        userCount: 2,
        locked: false,
        users: [
          {
            entity: 'sip:alice@acme.test',
            roles: ['moderator'],
            endpoints: [
              {
                memberId: alice,
                role: 'moderator',
                status: 'connected',
                joiningMethod: 'dialed-in',
                disconnectionMethod: null,
                media: [{ type: 'audio', direction: 'sendrecv' }],
              },
            ],
          },
          { entity: 'sip:bob@acme.test', roles: ['participant'] },
        ],
      });
      const document = await pod.ask('GET', `${under('talk')}/conference-info`);
      expect(document.headers.get('content-type')).toBe('application/conference-info+xml; charset=utf-8');
      expect(document.text).toMatch(/<conference-info[^>]* entity="sip:talk@acme\.test"/);
    });

    it('has members that are muted, deafened, made louder and promoted', async () => {
      const json = { muted: true, deaf: true, gainDb: 3.5, role: 'moderator', handRaised: true };
      expect((await pod.ask('PATCH', member(bob), { json })).status).toBe(204);
      expect(await bobIs()).toMatchObject(json);
      const back = { muted: false, deaf: false, gainDb: 0, role: 'participant', handRaised: false };
      expect((await pod.ask('PATCH', member(bob), { json: back })).status).toBe(204);
      expect(await bobIs()).toMatchObject(back);
    });

    it.each([
      [{}, 422],
      [{ gainDb: 21 }, 422],
      [{ muted: 'yes' }, 422],
      [{ role: 'king' }, 422],
    ])('takes no %j: %i', async (json, status) => {
      const refused = await pod.ask('PATCH', member(bob), { json });
      expect([refused.status, (refused.json['detail'] as string).length > 10]).toEqual([status, true]);
    });

    it('lets a user do what that user may', async () => {
      const json = { muted: true };
      const asBob = await pod.ask('PATCH', `${member(alice)}?as=sip:bob@acme.test`, { json });
      expect([asBob.status, asBob.json['title']]).toEqual([403, 'Forbidden']);
      expect((await pod.ask('PATCH', `${member(bob)}?as=sip:alice@acme.test`, { json })).status).toBe(204);
      expect(await bobIs()).toMatchObject({ muted: true });
      expect((await pod.ask('PATCH', `${member(bob)}?as=bob`, { json })).status).toBe(400);
      await pod.ask('PATCH', member(bob), { json: { muted: false } });
    });

    it('is locked, bounded, recorded', async () => {
      const locked = await pod.ask('PATCH', under('talk'), { json: { locked: true, maxMembers: 9, allMuted: true } });
      expect(locked.json).toMatchObject({ locked: true, maximumUserCount: 9 });
      expect(await bobIs()).toMatchObject({ muted: true });
      await pod.ask('PATCH', under('talk'), { json: { locked: false, allMuted: false } });
      expect((await pod.ask('PUT', `${under('talk')}/recording`)).status).toBe(204);
      expect((await pod.ask('GET', under('talk'))).json).toMatchObject({ recording: true, locked: false });
      expect((await pod.ask('DELETE', `${under('talk')}/recording`)).status).toBe(204);
      const again = await pod.ask('DELETE', `${under('talk')}/recording`);
      expect(again.status).toBe(409);
    });

    it('calls somebody in', async () => {
      const json = { target: 'sip:carol@acme.test', displayName: 'Carol' };
      expect((await pod.ask('POST', `${under('talk')}/invitations`, { json })).status).toBe(202);
      expect(pod.dialOut.requests).toMatchObject([{ target: 'sip:carol@acme.test', displayName: 'Carol' }]);
      for (const target of ['carol', 'http://x', 'sip:a b@c', ''])
        expect((await pod.ask('POST', `${under('talk')}/invitations`, { json: { target } })).status).toBe(422);
    });

    it('sends members away, and ends', async () => {
      await pod.time.pass(60_000);
      expect((await pod.ask('DELETE', `${member(bob)}?reason=enough`)).status).toBe(204);
      await pod.time.pass(30_000);
      expect(pod.conferences.find('acme', 'talk')?.isMember('sip:bob@acme.test')).toBe(false);
      expect((await pod.ask('DELETE', member('nobody'))).status).toBe(404);
      expect((await pod.ask('DELETE', under('talk'))).status).toBe(204);
      await pod.time.pass(1_000);
      const gone = await pod.ask('GET', under('talk'));
      expect([gone.status, gone.json['detail']]).toEqual([404, expect.stringContaining('calls the room')]);
    });

    it('is known to the bus, to metrics and to the usage of its tenant', async () => {
      await pod.time.pass(2_000);
      await vi.waitFor(async () =>
        // Bob was in for a minute, and alice for a minute and a half.
        expect((await pod.postgres.query('select tenant_id, member_ms from conference.usage')).rows).toEqual([
          { tenant_id: 'acme', member_ms: '150000' },
        ]),
      );
      const month = (await pod.postgres.query("select to_char(now() at time zone 'UTC', 'YYYY-MM') as month")).rows[0];
      expect((await pod.ask('GET', '/v1/tenants/acme/conference-usage')).json).toEqual({
        items: [{ ...month, memberMinutes: 2 }],
      });
      expect((await pod.ask('GET', '/v1/tenants/nobody/conference-usage')).status).toBe(404);
      const kinds = new Set(pod.published.map(({ event }) => event?.$case));
      for (const kind of [
        'started',
        'joined',
        'muted',
        'deafened',
        'role',
        'hand',
        'locked',
        'recording',
        'left',
        'ended',
        'roster',
      ])
        expect(kinds).toContain(kind);
      expect(new Set(pod.published.map(({ tenantId, room, focusId }) => `${tenantId} ${room} ${focusId}`))).toEqual(
        new Set(['acme talk focus-1']),
      );
      const { text } = await pod.ask('GET', '/metrics');
      const lines = [
        'ringdown_conference_conferences{service="conference-focus"} 0',
        'ringdown_conference_joins_total{how="dialed-in",service="conference-focus"} 2',
        'ringdown_conference_leaves_total{how="booted",service="conference-focus"}',
        'ringdown_conference_duration_seconds_count{reason="ended",service="conference-focus"} 1',
        'ringdown_conference_rest_request_seconds_count{operation="putRoom",status="201",service="conference-focus"}',
        'ringdown_conference_grpc_request_seconds_count{operation="Control",status="forbidden",service="conference-focus"} 1',
        'ringdown_conference_packets_total{what="received",service="conference-focus"} 1000',
        'ringdown_conference_packets_refused_total{reason="replay",service="conference-focus"} 14',
        'ringdown_conference_mixer_late_p99_seconds{service="conference-focus"}',
      ];
      expect(lines.filter((line) => !text.includes(line))).toEqual([]);
    });
  });

  it('lists conferences of all pods under way', async () => {
    await pod.postgres.query(
      `insert into conference.pods (pod_id, incarnation, address, media_hosts, begun_at, beat_at, draining, members, busy_share)
       values ('p1', 'i1', 'p1:9', '{}', now(), now(), false, 0, 0)`,
    );
    await pod.postgres.query(
      `insert into conference.homes (tenant_id, room, pod_id, incarnation, claimed_at, offered_until)
       values ('acme', 'open', 'p1', 'i1', '2026-11-02T12:00:00Z', null), ('acme', 'offered', 'p1', 'i1', now(), now()),
         ('acme', 'gone', 'p1', 'i0', now(), null), ('other', 'theirs', 'p1', 'i1', now(), null)`,
    );
    expect((await pod.ask('GET', '/v1/tenants/acme/conferences')).json).toEqual({
      items: [{ room: 'open', focusId: 'p1', since: '2026-11-02T12:00:00.000Z' }],
      next: null,
    });
    // That pod doesn't answer.
    const away = await pod.ask('GET', under('open'));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('asks for the key everywhere but for its documentation', async () => {
    for (const path of [rooms, `${rooms}/daily`, under('talk'), `${under('talk')}/conference-info`])
      expect((await pod.ask('GET', path, { key: null })).status).toBe(401);
    expect((await pod.ask('GET', '/docs', { key: null })).text).toContain('<title>Ringdown conferences</title>');
    const { json } = await pod.ask('GET', '/v1/openapi.json', { key: null });
    expect(Object.keys(json['paths'] as object)).toContain(
      '/v1/tenants/{tenantId}/conferences/{room}/members/{memberId}',
    );
  });
});
