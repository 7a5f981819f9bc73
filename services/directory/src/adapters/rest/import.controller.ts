import { setImmediate } from 'node:timers/promises';
import { Controller, HttpCode, Inject, Req } from '@nestjs/common';
import {
  failureProblem,
  Handles,
  Input,
  type InputOf,
  type Operation,
  ProblemException,
  problem,
} from '@ringdown/platform/rest';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { DirectoryStore, ImportCounts } from '../../ports/directory-store.js';
import { IMPORT_LIMITS, type ImportOutcome, importSubscribers } from '../../use-cases/import-subscribers.js';
import { BodyTooLargeError, csvLines } from './csv-lines.js';
import { DIRECTORY_STORE, IMPORT_OBSERVER } from './injection.js';
import { importView, tenantId } from './schemas.js';

const MAX_BYTES = 32 * 1024 * 1024;
// Each holds its lines in memory and a connection to Postgres at the end.
const MAX_RUNNING = 2;

/** Told of every import that was committed. */
export interface ImportObserver {
  imported(counts: ImportCounts): void;
}

const importCsv = {
  id: 'importSubscribers',
  tag: 'Subscribers',
  method: 'POST',
  path: '/v1/tenants/{tenantId}/subscribers:import',
  summary: 'Import subscribers from CSV',
  description:
    `CSV in UTF-8 (RFC 4180). The first line must be the heading \`username,password\`; each of the others is one subscriber. At most ${IMPORT_LIMITS.maxLines} lines and 32 MiB. ` +
    'All lines are written in one commit, or none if a single one is bad: the answer then names every bad line, up to the first ' +
    `${IMPORT_LIMITS.maxErrors}. A subscriber that exists gets the new password and keeps everything else. A username twice in the file is an error.`,
  params: z.object({ tenantId }),
  query: z.object({}),
  body: 'text/csv',
  responses: { 200: { description: 'All lines were written.', schema: importView } },
} as const satisfies Operation;

@Controller()
export class ImportController {
  static readonly operations: readonly Operation[] = [importCsv];
  readonly #store: DirectoryStore;
  readonly #observer: ImportObserver;
  #running = 0;

  constructor(@Inject(DIRECTORY_STORE) store: DirectoryStore, @Inject(IMPORT_OBSERVER) observer: ImportObserver) {
    this.#store = store;
    this.#observer = observer;
  }

  @Handles(importCsv)
  @HttpCode(200)
  async importCsv(
    @Input(importCsv) { params }: InputOf<typeof importCsv>,
    @Req() request: FastifyRequest,
  ): Promise<ImportCounts> {
    if (this.#running >= MAX_RUNNING) {
      request.raw.resume();
      const detail = `${MAX_RUNNING} imports are running already; try again when one has ended.`;
      throw new ProblemException(problem(503, detail), { 'retry-after': '10' });
    }
    this.#running += 1;
    try {
      // RFC 9110 §8.6: what is known to be too much needn't be read.
      if (Number(request.headers['content-length']) > MAX_BYTES) throw new BodyTooLargeError();
      const lines = csvLines(request.raw, MAX_BYTES);
      const imported = counts(await importSubscribers(this.#store, params.tenantId, lines, () => setImmediate()));
      this.#observer.imported(imported);
      return imported;
    } catch (error) {
      if (error instanceof BodyTooLargeError) {
        throw new ProblemException(problem(413, 'The file is too large; at most 32 MiB are taken. Split it.'));
      }
      if (request.raw.destroyed && !request.raw.complete) {
        throw new ProblemException(problem(400, 'The file was cut off while it was sent; nothing was imported.'));
      }
      throw error;
    } finally {
      this.#running -= 1;
      // What wasn't read is passed over, so that the answer reaches a client that is still sending.
      request.raw.resume();
    }
  }
}

function counts(outcome: ImportOutcome): ImportCounts {
  switch (outcome.kind) {
    case 'imported':
      return outcome.counts;
    case 'bad-lines': {
      const errors = outcome.errors.map(({ line, field, detail }) => ({
        line,
        ...(field === undefined ? {} : { field }),
        detail,
      }));
      const lines = outcome.errorCount === 1 ? '1 line is' : `${outcome.errorCount} lines are`;
      const detail = `Nothing was imported: ${lines} bad. The first: line ${errors[0]!.line} ${outcome.errors[0]!.field ?? ''} ${errors[0]!.detail}`;
      throw new ProblemException(problem(422, detail.replace('  ', ' '), { errors, errorCount: outcome.errorCount }));
    }
    case 'too-many-lines':
      throw new ProblemException(problem(413, `The file has more than ${outcome.maxLines} lines. Split it.`));
    case 'failed':
      throw new ProblemException(failureProblem(outcome.failure));
  }
}
