import { Controller, Inject } from '@nestjs/common';
import { formatCursor } from '@ringdown/platform/commands';
import { found, Handles, Input, type InputOf, nothing, type Operation } from '@ringdown/platform/rest';
import { z } from 'zod';
import type { RecordReader } from '../../ports/record-reader.js';
import { operatorView, type RecordView, recordView } from '../../use-cases/record-view.js';
import { askedRecords } from './asked-records.js';
import { RECORD_READER } from './injection.js';
import * as schemas from './record-schemas.js';

const tag = 'Call records';
const { tenantId, callKey, sipCallId, recordFilter, recordPage, recordPageQuery } = schemas;

const list = {
  id: 'listCallRecords',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/call-records',
  summary: "List the records of a tenant's calls",
  description:
    'Of calls that the tenant is on either side of, in the order of their starts; of the last day where "from" and "to" say nothing else. Calls that begin while one reads come at the end.',
  params: z.object({ tenantId }),
  query: recordPageQuery.extend(recordFilter),
  responses: { 200: { description: 'A page of records.', schema: recordPage } },
} as const satisfies Operation;

const get = {
  id: 'getCallRecord',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/call-records/{callKey}',
  summary: 'Read the record of a call',
  params: z.object({ tenantId, callKey }),
  query: nothing,
  responses: { 200: { description: 'The record.', schema: schemas.recordView } },
} as const satisfies Operation;

const inProgress = {
  id: 'listCallsInProgress',
  tag,
  method: 'GET',
  path: '/v1/tenants/{tenantId}/calls',
  summary: "List a tenant's calls in progress",
  description: 'Calls that have begun and not ended, answered or not, as far as their events have arrived.',
  params: z.object({ tenantId }),
  query: recordPageQuery,
  responses: { 200: { description: 'A page of records.', schema: recordPage } },
} as const satisfies Operation;

const bySipCallId = {
  id: 'listRecordsOfCallId',
  tag,
  method: 'GET',
  path: '/v1/calls/{sipCallId}/records',
  summary: 'Find calls of any tenant by Call-ID',
  description:
    'For operators: nothing is left out of these. Several calls may have one Call-ID, one after the other or in a loop through the platform; the first 100 are listed.',
  params: z.object({ sipCallId }),
  query: nothing,
  responses: {
    200: { description: 'The records, the oldest first.', schema: z.object({ items: z.array(schemas.recordView) }) },
  },
} as const satisfies Operation;

/** Calls with one Call-ID that are listed at most. */
const MAX_OF_CALL_ID = 100;

@Controller()
export class RecordsController {
  static readonly operations: readonly Operation[] = [list, get, inProgress, bySipCallId];
  readonly #reader: RecordReader;

  constructor(@Inject(RECORD_READER) reader: RecordReader) {
    this.#reader = reader;
  }

  @Handles(list)
  async list(@Input(list) { params, query }: InputOf<typeof list>) {
    const { limit, cursor: after, ...asked } = query;
    const page = await this.#reader.page(params.tenantId, askedRecords(asked, Date.now()), { limit, after });
    return {
      items: page.items.map((record) => recordView(record, params.tenantId)),
      next: page.next === undefined ? null : formatCursor(page.next),
    };
  }

  @Handles(get)
  async get(@Input(get) { params }: InputOf<typeof get>): Promise<RecordView> {
    const record = await this.#reader.record(params.tenantId, params.callKey);
    return recordView(found(record, `call ${params.callKey} of tenant ${params.tenantId}`), params.tenantId);
  }

  @Handles(inProgress)
  async inProgress(@Input(inProgress) { params, query: { limit, cursor: after } }: InputOf<typeof inProgress>) {
    const page = await this.#reader.page(params.tenantId, { state: 'in-progress' }, { limit, after });
    return {
      items: page.items.map((record) => recordView(record, params.tenantId)),
      next: page.next === undefined ? null : formatCursor(page.next),
    };
  }

  @Handles(bySipCallId)
  async bySipCallId(@Input(bySipCallId) { params }: InputOf<typeof bySipCallId>) {
    const records = await this.#reader.bySipCallId(params.sipCallId, MAX_OF_CALL_ID);
    return { items: records.map(operatorView) };
  }
}
