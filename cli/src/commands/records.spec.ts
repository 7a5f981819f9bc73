import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../testing/fake-api.js';

const record = {
  startedAt: '2026-11-22T08:00:00.000Z',
  sipCallId: 'a@x',
  originating: { identity: 'sip:alice@x' },
  terminating: { identity: 'sip:bob@x' },
  durationMs: 7_540,
  release: { cause: 'hung-up', side: 'originator', statusCode: null },
  isMarked: false,
  closedBy: 'event',
};
const csv = 'call_key,reason\r\nk1,"a ""quoted""\r\nreason"\r\nk2,Zoë\r\n';

describe('ringdown records', () => {
  let api: FakeApi;
  let folder: string;
  beforeEach(async () => {
    api = await startFakeApi();
    folder = mkdtempSync(join(tmpdir(), 'ringdown-cli-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await api.stop();
  });

  it('lists those that were asked for', async () => {
    const refused = {
      ...record,
      durationMs: 0,
      release: { cause: 'rejected', side: 'terminator', statusCode: 486 },
      isMarked: true,
      closedBy: 'limit',
    };
    const going = { ...record, durationMs: null, release: null };
    api.answers.set('GET /v1/tenants/acme/call-records', { json: { items: [record, refused, going], next: null } });
    const filter = ['--from', '2026-11-22', '--party', 'sip:alice@x', '--call-id', 'a@x', '--cause', 'hung-up'];
    const { code, out } = await api.ringdown(['records', 'list', 'acme', ...filter, '--limit', '5']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^STARTED +FROM +TO +SECONDS +ENDED BY +INFERRED +CALL-ID$/),
      expect.stringMatching(/^2026-11-22T08:00:00.000Z +sip:alice@x +sip:bob@x +7\.5 +originator, hung-up +- +a@x$/),
      expect.stringMatching(/ 0\.0 +terminator, rejected 486 +limit +a@x$/),
      expect.stringMatching(/ - +- +- +a@x$/),
      '',
    ]);
    expect(api.asked.map(({ path }) => path)).toEqual([
      '/v1/tenants/acme/call-records?from=2026-11-22&party=sip%3Aalice%40x&callId=a%40x&releaseCause=hung-up&limit=5',
    ]);
  });

  it('finds calls of any tenant by their Call-ID', async () => {
    api.answers.set('GET /v1/calls/a%40x/records', { json: { items: [record] } });
    expect((await api.ringdown(['records', 'find', 'a@x'])).out).toContain('originator, hung-up');
    expect(JSON.parse((await api.ringdown(['records', 'find', 'a@x', '--json'])).out)).toEqual([record]);
  });

  it('exports them to the standard output or to a file', async () => {
    api.answers.set('GET /v1/tenants/acme/call-records.csv', { text: csv });
    expect((await api.ringdown(['records', 'export', 'acme', '--to', '2026-11-22'])).out).toBe(csv);
    const file = join(folder, 'acme.csv');
    const { code, out } = await api.ringdown(['records', 'export', 'acme', '--out', file]);
    expect([code, out]).toEqual([0, `2 records are in ${file}.\n`]);
    expect(readFileSync(file, 'utf8')).toBe(csv);
  });

  it('says so where an export is cut off, refused or has no place', async () => {
    api.answers.set('GET /v1/tenants/acme/call-records.csv', { text: csv, isCutOff: true });
    const cut = await api.ringdown(['records', 'export', 'acme', '--out', join(folder, 'acme.csv')]);
    expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('The export was cut off after 2 records')]);
    api.answers.set('GET /v1/tenants/acme/call-records.csv', { text: csv });
    const nowhere = await api.ringdown(['records', 'export', 'acme', '--out', join(folder, 'no', 'acme.csv')]);
    expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining("can't be written: ENOENT")]);
    api.answers.set('GET /v1/tenants/acme/call-records.csv', {
      status: 400,
      json: { detail: 'to must be after from' },
    });
    const refused = await api.ringdown(['records', 'export', 'acme']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('to must be after from')]);
  });

  it('ends with 2 for what makes no sense', async () => {
    for (const words of [['list'], ['list', 'acme', '--limit', 'all'], ['export'], ['find']])
      expect((await api.ringdown(['records', ...words])).code).toBe(2);
  });
});
