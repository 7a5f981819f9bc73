import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { type CsvError, type InfoRecord, parse } from 'csv-parse';
import type { ImportLine } from '../../use-cases/import-subscribers.js';

/** More came than is taken; what was read up to there is of no use. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

const MAX_RECORD_CHARACTERS = 4096;

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: InfoRecord;
}

/**
 * Reads CSV (RFC 4180) line by line at the pace of the reader: no more than a chunk of the body is held. A record that is no CSV
 * is a line with the reason. Lines are counted as an editor shows them, from 1; empty ones count and are passed over. Throws
 * `BodyTooLargeError` after `maxBytes`, and whatever the body's stream fails with. The body is never destroyed, so that its
 * connection can still carry an answer.
 */
export async function* csvLines(body: Readable, maxBytes: number): AsyncGenerator<readonly ImportLine[]> {
  const unreadable: ImportLine[] = [];
  const parser = parse({
    bom: true,
    // Not guessed from the first line: a file put together from two may have both.
    record_delimiter: ['\r\n', '\n'],
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_CHARACTERS,
    on_skip: (error: CsvError | undefined) => {
      unreadable.push({ line: lineOf(error), unreadable: reasonOf(error) });
      return undefined;
    },
  });
  let failure: Error | undefined;
  parser.on('error', (error) => {
    failure = error;
  });
  const taken = (): readonly ImportLine[] => {
    const lines: ImportLine[] = [];
    for (let parsed: ParsedRecord | null = parser.read(); parsed !== null; parsed = parser.read()) {
      lines.push({ line: parsed.info.lines, fields: parsed.record });
    }
    return inOrder(lines, unreadable.splice(0));
  };
  let bytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new BodyTooLargeError();
    parser.write(chunk);
    if (failure !== undefined) throw failure;
    yield taken();
  }
  const ended = once(parser, 'end');
  parser.end();
  const rest = taken();
  if (failure !== undefined) throw failure;
  yield rest;
  await ended;
}

function inOrder(lines: readonly ImportLine[], unreadable: readonly ImportLine[]): readonly ImportLine[] {
  return unreadable.length === 0 ? lines : [...lines, ...unreadable].sort((a, b) => a.line - b.line);
}

function lineOf(error: CsvError | undefined): number {
  const line: unknown = error === undefined ? undefined : error['lines'];
  return typeof line === 'number' ? line : 0;
}

function reasonOf(error: CsvError | undefined): string {
  switch (error?.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'opens a quote that is never closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'has a quote in the wrong place; put the whole field in quotes and write a quote within it twice';
    case 'CSV_MAX_RECORD_SIZE':
      return `is longer than ${MAX_RECORD_CHARACTERS} characters, or a quote before it is never closed`;
    default:
      return 'is no line of CSV';
  }
}
