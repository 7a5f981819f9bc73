import type { Postgres } from '@ringdown/platform';
import { ask as askAt, startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RestProcess, startRestProcess } from '../../testing/rest-process.js';
import { openAccountingDatabase, storeRecords } from '../../testing/stored-records.js';

type Item = Record<string, unknown>;

const day = Date.parse('2026-10-07T00:00:00Z');
const minute = 60_000;
const outsider = {
  tenantId: undefined,
  identity: 'tel:+493012345',
  place: { kind: 'outside' as const, value: 'sip:+493012345@trunk.example' },
};
const zoe = {
  tenantId: 'globex',
  identity: 'sip:zoe@globex.example',
  place: { kind: 'binding' as const, value: 'sip:zoe@globex.example' },
};
const alice = {
  tenantId: 'acme',
  identity: 'sip:alice@acme.example',
  place: { kind: 'binding' as const, value: 'sip:alice@acme.example' },
};

describe.each(testedPostgresVersions())('the REST API of records on Postgres %s', { timeout: 30_000 }, (version) => {
  let server: TestPostgres;
  let postgres: Postgres;
  let process: RestProcess;

  beforeAll(async () => {
    server = await startPostgres({ version });
    postgres = await openAccountingDatabase(await server.createDatabase());
    process = await startRestProcess(postgres);
    await storeRecords(postgres, [
      { callKey: 'b', startedAtMs: day },
      // Of the same moment: the key decides.
      { callKey: 'a', startedAtMs: day },
      {
        callKey: 'busy',
        startedAtMs: day + minute,
        answeredAtMs: undefined,
        endedAtMs: day + minute + 1_000,
        release: { cause: 'rejected', side: 'terminator', statusCode: 486, reason: 'Q.850;cause=17' },
        codec: undefined,
      },
      { callKey: 'abroad', startedAtMs: day + 2 * minute, terminating: zoe },
      {
        callKey: 'from-outside',
        startedAtMs: day + 3 * minute,
        originating: outsider,
        terminating: alice,
        isMarked: true,
        closedBy: 'session-expiry',
      },
      { callKey: 'late', startedAtMs: day + 23 * 60 * minute },
      { callKey: 'next-day', startedAtMs: day + 25 * 60 * minute },
      { callKey: 'theirs', startedAtMs: day, tenantId: 'globex', originating: zoe, terminating: zoe },
      {
        callKey: 'theirs-to-us',
        startedAtMs: day + 4 * minute,
        tenantId: 'globex',
        originating: zoe,
        terminating: alice,
      },
      { callKey: 'ringing', answeredAtMs: undefined, endedAtMs: undefined, codec: undefined },
      { callKey: 'talking', endedAtMs: undefined, sipCallId: 'twice@phone.acme.example' },
      {
        callKey: 'before',
        startedAtMs: day,
        sipCallId: 'twice@phone.acme.example',
        tenantId: 'globex',
        originating: zoe,
      },
    ]);
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.close();
    await server?.stop();
  });

  const ask = (path: string) => askAt(process.url, 'GET', path);
  const itemsOf = (json: Item) => json['items'] as Item[];
  const keysOf = (json: Item) => itemsOf(json).map(({ callKey }) => callKey);
  const list = async (query: string, tenant = 'acme') =>
    keysOf((await ask(`/v1/tenants/${tenant}/call-records?${query}`)).json);
  const october = 'from=2026-10-01&to=2026-11-01';

  it('lists calls of either side by their start', async () => {
    const keys = ['a', 'b', 'before', 'busy', 'abroad', 'from-outside', 'theirs-to-us', 'late', 'next-day'];
    expect(await list(october)).toEqual(keys);
    expect(await list(october, 'globex')).toEqual(['before', 'theirs', 'abroad', 'theirs-to-us']);
    expect(await list(october, 'nobody')).toEqual([]);
  });

  it.each([
    ['from=2026-10-07T00:01:00Z&to=2026-10-07T00:03:00Z', ['busy', 'abroad']],
    ['from=2026-10-08&to=2026-10-09', ['next-day']],
    ['to=2026-10-09', ['next-day']],
    [`${october}&releaseCause=rejected`, ['busy']],
    [`${october}&state=in-progress`, []],
    [`${october}&party=${encodeURIComponent('tel:+493012345')}`, ['from-outside']],
    [`${october}&party=sip:zoe@globex.example`, ['before', 'abroad', 'theirs-to-us']],
    ['callId=busy@phone.acme.example', ['busy']],
    ['callId=busy@phone.acme.example&from=2026-10-08&to=2026-10-09', []],
  ])('lists those of %s', async (query, keys) => {
    expect(await list(query)).toEqual(keys);
  });

  it('lists the calls of the last day where nothing is said', async () => {
    expect((await list('')).sort()).toEqual(['ringing', 'talking']);
  });

  it('goes on where a page ended, through calls of one moment and of both sides', async () => {
    const keys: unknown[] = [];
    let next: unknown = '';
    for (let pages = 0; next !== null; pages += 1) {
      expect(pages).toBeLessThan(6);
      const cursor = next === '' ? '' : `&cursor=${String(next)}`;
      const { json } = await ask(`/v1/tenants/acme/call-records?${october}&limit=2${cursor}`);
      keys.push(...keysOf(json));
      next = json['next'];
    }
    expect(keys).toEqual(await list(october));
  });

  it('shows all that is known of a call', async () => {
    const { status, json } = await ask('/v1/tenants/acme/call-records/a');
    expect([status, json]).toEqual([
      200,
      {
        callKey: 'a',
        sipCallId: 'a@phone.acme.example',
        traceId: '0123456789abcdef0123456789abcdef',
        state: 'ended',
        direction: 'internal',
        startedAt: '2026-10-07T00:00:00.000Z',
        answeredAt: '2026-10-07T00:00:02.000Z',
        endedAt: '2026-10-07T00:00:09.500Z',
        durationMs: 7_500,
        originating: alice,
        terminating: {
          tenantId: 'acme',
          identity: 'sip:bob@acme.example',
          place: { kind: 'binding', value: 'sip:bob@acme.example' },
        },
        release: { cause: 'hung-up', side: 'originator', statusCode: null, reason: null },
        codec: 'PCMA',
        mediaNode: null,
        edgeId: 'edge-1',
        closedBy: 'event',
        isMarked: false,
        version: 3,
        updatedAt: '2026-10-07T00:00:00.000Z',
      },
    ]);
  });

  it('says so where a call was not answered, and where its end is concluded', async () => {
    expect((await ask('/v1/tenants/acme/call-records/busy')).json).toMatchObject({
      answeredAt: null,
      durationMs: 0,
      release: { cause: 'rejected', side: 'terminator', statusCode: 486, reason: 'Q.850;cause=17' },
    });
    expect((await ask('/v1/tenants/acme/call-records/from-outside')).json).toMatchObject({
      direction: 'incoming',
      originating: { tenantId: null, identity: 'tel:+493012345', place: { kind: 'outside' } },
      closedBy: 'session-expiry',
      isMarked: true,
    });
  });

  it("tells a tenant who is on the other side, but not where another tenant's user is", async () => {
    const hidden = { tenantId: null, identity: 'sip:zoe@globex.example', place: null };
    const ours = (await ask('/v1/tenants/acme/call-records/abroad')).json;
    expect(ours).toMatchObject({ direction: 'outgoing', originating: alice, terminating: hidden });
    const theirs = (await ask('/v1/tenants/globex/call-records/abroad')).json;
    expect(theirs).toMatchObject({
      direction: 'incoming',
      originating: { tenantId: null, identity: 'sip:alice@acme.example', place: null },
      terminating: zoe,
    });
    expect((await ask('/v1/tenants/acme/call-records/theirs')).status).toBe(404);
  });

  it('lists calls in progress', async () => {
    const { json } = await ask('/v1/tenants/acme/calls');
    expect(keysOf(json).sort()).toEqual(['ringing', 'talking']);
    expect(itemsOf(json).find(({ callKey }) => callKey === 'talking')).toMatchObject({
      state: 'in-progress',
      answeredAt: expect.any(String),
      endedAt: null,
      durationMs: null,
      release: null,
    });
  });

  it('shows operators everything of all calls with a Call-ID', async () => {
    const { json } = await ask(`/v1/calls/${encodeURIComponent('twice@phone.acme.example')}/records`);
    expect(keysOf(json)).toEqual(['before', 'talking']);
    expect(itemsOf(json)[0]).toMatchObject({ originating: zoe, terminating: { tenantId: 'acme' } });
    expect((await ask('/v1/calls/nobody@nowhere/records')).json).toEqual({ items: [] });
  });

  it.each([
    ['call-records?from=yesterday', 400, 'from must be a time like 2026-11-22T08:00:00Z'],
    ['call-records?from=2026-10-02&to=2026-10-01', 400, 'to must be after from'],
    ['call-records?from=2026-01-01&to=2026-03-01', 400, 'to must be at most 32 days after from'],
    ['call-records?from=2026-01-01', 400, 'to must be at most 32 days after from'],
    ['call-records?state=over', 400, 'state must be in-progress or ended'],
    ['call-records?releaseCause=bored', 400, 'releaseCause must be one of hung-up'],
    ['call-records?cursor=abc', 400, 'cursor is no cursor of this list'],
    ['call-records?cursor=WzEsImFsaWNlIl0', 400, 'cursor is no cursor of this list'],
    ['call-records?limit=0', 400, 'limit must be'],
    ['call-records.csv?from=yesterday', 400, 'from must be a time'],
    ['call-records.csv?from=2026-01-01&to=2026-03-01', 400, 'to must be at most 32 days'],
    ['call-records/nothing', 404, 'there is no call nothing of tenant acme'],
  ])('refuses %s', async (path, status, detail) => {
    const answer = await ask(`/v1/tenants/acme/${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.json['detail']).toContain(detail);
  });
});
