import { Agent, get, type IncomingMessage } from 'node:http';
import type { Postgres } from '@ringdown/platform';
import { ADMIN_TOKEN, ask, findPostgres, startPostgres, type TestPostgres } from '@ringdown/testkit';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RecordReader, StoredRecord } from '../../ports/record-reader.js';
import { type RestProcess, startRestProcess } from '../../testing/rest-process.js';
import { openAccountingDatabase, storeRecords } from '../../testing/stored-records.js';
import { PostgresRecordReader } from '../postgres/postgres-record-reader.js';
import { csvColumns } from './record-csv.js';

const day = Date.parse('2026-10-07T00:00:00Z');
const path = '/v1/tenants/acme/call-records.csv?from=2026-10-07&to=2026-10-08';

describe('the export of records', { timeout: 30_000 }, () => {
  let server: TestPostgres;
  let postgres: Postgres;
  let process: RestProcess;

  beforeAll(async () => {
    server = await startPostgres({ version: findPostgres('18') === undefined ? '15' : '18' });
    postgres = await openAccountingDatabase(await server.createDatabase());
    process = await startRestProcess(postgres);
    await storeRecords(postgres, [
      { callKey: 'first', startedAtMs: day },
      {
        callKey: 'odd',
        startedAtMs: day + 1_000,
        answeredAtMs: undefined,
        codec: undefined,
        originating: { tenantId: undefined, identity: '=HYPERLINK("http://evil.example";"Zoë")', place: undefined },
        release: { cause: 'rejected', side: 'terminator', statusCode: 486, reason: 'SIP;text="Busy,\r\nreally"' },
      },
    ]);
    await postgres.query(
      `insert into accounting.call_records
       select (jsonb_populate_record(r, jsonb_build_object('call_key', 'many-' || lpad(n::text, 5, '0'),
         'started_at', r.started_at + interval '1 minute'))).*
       from accounting.call_records r, generate_series(1, 2500) n where r.call_key = 'first'`,
    );
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.close();
    await server?.stop();
  });

  it('is CSV with a heading and a line for each record, in order, however many', async () => {
    const answer = await ask(process.url, 'GET', path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
    ]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="call-records-acme.csv"');
    const [heading, ...lines] = parse(answer.text, { record_delimiter: '\r\n' }) as string[][];
    expect(heading).toEqual(csvColumns);
    expect(lines).toHaveLength(2_502);
    const keys = lines.map(([key]) => key);
    expect(new Set(keys).size).toBe(2_502);
    expect(keys.slice(0, 3)).toEqual(['first', 'odd', 'many-00001']);
    expect(keys.at(-1)).toBe('many-02500');
    const first = Object.fromEntries(heading!.map((name, at) => [name, lines[0]![at]]));
    expect(first).toMatchObject({
      started_at: '2026-10-07T00:00:00.000Z',
      duration_ms: '7500',
      terminating_identity: 'sip:bob@acme.example',
      release_cause: 'hung-up',
      status_code: '',
      is_marked: 'false',
    });
  });

  it('holds what callers make up, and runs none of it', async () => {
    const answer = await ask(process.url, 'GET', `${path}&releaseCause=rejected`);
    const [line] = parse(answer.text, { columns: true }) as Record<string, string>[];
    expect(line).toMatchObject({
      originating_identity: `'=HYPERLINK("http://evil.example";"Zoë")`,
      reason: 'SIP;text="Busy,\r\nreally"',
      answered_at: '',
    });
  });

  it.each([
    ['gzip', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
  ])('is compressed as the client asks: %s', async (accepted, encoding) => {
    const response = await request(process.url, { 'accept-encoding': accepted });
    expect(response.headers['content-encoding']).toBe(encoding);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes < 200_000).toBe(encoding === 'gzip');
  });

  it('gives only the heading where there is nothing', async () => {
    const answer = await ask(process.url, 'GET', path.replace('acme', 'globex'));
    expect(answer.text).toBe(`${csvColumns.join(',')}\r\n`);
  });

  describe('from a database with endless records', () => {
    let endless: RestProcess;
    let pages = 0;
    let away: Error | undefined;

    beforeAll(async () => {
      const stored = new PostgresRecordReader(postgres);
      const filter = { fromMs: day, toMs: day + 86_400_000 };
      const { items } = await stored.page('acme' as never, filter, { limit: 50, after: undefined });
      const reader: RecordReader = {
        record: stored.record.bind(stored),
        bySipCallId: stored.bySipCallId.bind(stored),
        byKeys: stored.byKeys.bind(stored),
        async page() {
          pages += 1;
          if (away !== undefined && pages > 1) throw away;
          return { items: items as readonly StoredRecord[], next: 'more' };
        },
      };
      endless = await startRestProcess(postgres, { reader });
    });
    afterAll(() => endless?.stop());

    it('asks no more when the client goes away', async () => {
      const response = await request(endless.url, {});
      await new Promise((first) => response.once('data', first));
      response.destroy();
      await vi.waitFor(async () => {
        const before = pages;
        await new Promise((turn) => setTimeout(turn, 50));
        expect(pages).toBe(before);
      }, 10_000);
      // Five at once are one too many; each that goes away makes room.
      for (let round = 0; round < 6; round += 1) {
        await vi.waitFor(async () => expect((await request(endless.url, {})).destroy().statusCode).toBe(200), 10_000);
      }
    });

    it('reads no faster than the client', async () => {
      pages = 0;
      const response = await request(endless.url, {});
      response.pause();
      let before = -1;
      await vi.waitFor(
        () => {
          const now = pages;
          const isStill = now === before;
          before = now;
          expect(isStill).toBe(true);
        },
        { interval: 100, timeout: 5_000 },
      );
      expect(before).toBeLessThan(500);
      response.destroy();
    });

    it('serves four at once', async () => {
      await vi.waitFor(async () => {
        const responses = await Promise.all([1, 2, 3, 4, 5].map(() => request(endless.url, {})));
        const statuses = responses.map(({ statusCode }) => statusCode).sort();
        for (const response of responses) response.destroy();
        expect(statuses).toEqual([200, 200, 200, 200, 503]);
      }, 10_000);
    });

    it('is cut off where it can not go on', async () => {
      away = new Error('the database is away');
      pages = 0;
      await vi.waitFor(async () => {
        pages = 0;
        const response = await request(endless.url, {});
        expect(response.statusCode).toBe(200);
        const read = async (): Promise<void> => {
          for await (const _chunk of response);
        };
        await expect(read()).rejects.toThrow('aborted');
      }, 10_000);
    });
  });
});

function request(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  return new Promise((answered, failed) => {
    const options = { headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers }, agent: new Agent() };
    get(`${url}${path}`, options, answered).on('error', failed);
  });
}
