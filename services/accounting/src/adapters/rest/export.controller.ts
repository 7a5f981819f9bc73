import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { Page, TenantId } from '@ringdown/platform/commands';
import { Handles, Input, type InputOf, type Operation, ProblemException, problem } from '@ringdown/platform/rest';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RecordFilter, RecordReader, StoredRecord } from '../../ports/record-reader.js';
import { recordView } from '../../use-cases/record-view.js';
import { askedRecords } from './asked-records.js';
import { RECORD_READER } from './injection.js';
import { csvColumns, csvHeading, csvLines } from './record-csv.js';
import { recordFilter, tenantId } from './record-schemas.js';

// So few that writing a page's lines takes the event loop no more than some 3 ms.
const PAGE_RECORDS = 250;
// Each reads as fast as its client does, and no longer than a connection of the pool is needed for a page.
const MAX_RUNNING = 4;

const exportCsv = {
  id: 'exportCallRecords',
  tag: 'Call records',
  method: 'GET',
  path: '/v1/tenants/{tenantId}/call-records.csv',
  summary: "Export the records of a tenant's calls as CSV",
  description:
    'The same records as the list gives, without pages: CSV in UTF-8 (RFC 4180), as it is read, compressed where the client takes gzip. ' +
    `The first line is the heading, with the columns ${csvColumns.join(', ')}; new ones may be added at the end. Unknown is empty. ` +
    'A text that begins with =, +, -, @ or a tab has an apostrophe put in front, so that spreadsheets run no formula of a caller. ' +
    'An export that can not go on is cut off: the connection then ends without the last chunk, which HTTP clients report.',
  params: z.object({ tenantId }),
  query: z.object(recordFilter),
  responses: {
    200: {
      description: 'The heading and a line for each record.',
      csvExample: csvHeading,
    },
  },
} as const satisfies Operation;

@Controller()
export class ExportController {
  static readonly operations: readonly Operation[] = [exportCsv];
  readonly #reader: RecordReader;
  #running = 0;

  constructor(@Inject(RECORD_READER) reader: RecordReader) {
    this.#reader = reader;
  }

  @Handles(exportCsv)
  async exportCsv(
    @Input(exportCsv) { params, query }: InputOf<typeof exportCsv>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    if (this.#running >= MAX_RUNNING) {
      const detail = `${MAX_RUNNING} exports are running already; try again when one has ended.`;
      throw new ProblemException(problem(503, detail), { 'retry-after': '10' });
    }
    this.#running += 1;
    let lines: Readable;
    try {
      const filter = askedRecords(query, Date.now());
      // An outage is an answer of its own as long as nothing was sent.
      const first = await this.#reader.page(params.tenantId, filter, { limit: PAGE_RECORDS, after: undefined });
      lines = Readable.from(this.#lines(params.tenantId, filter, first), { objectMode: false });
    } catch (error) {
      this.#running -= 1;
      throw error;
    }
    lines.once('close', () => {
      this.#running -= 1;
    });
    if (reply.raw.destroyed) lines.destroy();
    else reply.raw.once('close', () => lines.destroy());
    reply
      .header('content-type', 'text/csv; charset=utf-8; header=present')
      .header('content-disposition', `attachment; filename="call-records-${params.tenantId}.csv"`)
      .header('cache-control', 'no-store')
      .header('vary', 'accept-encoding');
    if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers['accept-encoding'] ?? '')) return lines;
    reply.header('content-encoding', 'gzip');
    // Either ends the other; the reply tells of what went wrong by being cut off.
    return pipeline(lines, createGzip({ level: 1 }), () => undefined);
  }

  /** Ends with its reader: when the client goes away nothing more is asked of the database. */
  async *#lines(tenant: TenantId, filter: RecordFilter, first: Page<StoredRecord>): AsyncGenerator<string> {
    yield csvHeading;
    let page = first;
    for (;;) {
      if (page.items.length > 0) yield csvLines(page.items.map((record) => recordView(record, tenant)));
      const last = page.items.at(-1);
      if (page.next === undefined || last === undefined) return;
      const after = { startedAtMs: last.startedAtMs, callKey: last.callKey };
      page = await this.#reader.page(tenant, filter, { limit: PAGE_RECORDS, after });
    }
  }
}
