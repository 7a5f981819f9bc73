import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { CommandProblem } from '../command-problem.js';
import { type Json, path, servedBy } from '../rest-client.js';
import type { Column } from '../table.js';

const columns: readonly Column<Json>[] = [
  ['started', ({ startedAt }) => startedAt],
  ['from', ({ originating }) => (originating as Json)['identity']],
  ['to', ({ terminating }) => (terminating as Json)['identity']],
  ['seconds', ({ durationMs }) => (typeof durationMs === 'number' ? (durationMs / 1000).toFixed(1) : undefined)],
  ['ended by', ({ release }) => releaseText(release as Json | null)],
  ['inferred', ({ isMarked, closedBy }) => (isMarked === true ? closedBy : undefined)],
  ['call-id', ({ sipCallId }) => sipCallId],
];

/** The options that say which records, by the names of the query. */
interface Filter {
  readonly from?: string;
  readonly to?: string;
  readonly party?: string;
  readonly callId?: string;
  readonly state?: string;
  readonly cause?: string;
}

/** `ringdown records`: what became of calls, for people, spreadsheets and bills. */
export function addRecords(program: Command, cli: Cli): void {
  const records = program.command('records').description('Records of calls: list, find and export them');
  withFilter(records.command('list').description("A tenant's calls; those of the last day without --from and --to"))
    .option('--limit <number>', 'no more than these', wholeNumber)
    .action(async (tenant: string, { limit, ...filter }: Filter & { readonly limit?: number }) => {
      const listed: Json[] = [];
      const found = cli.api.items(path`/v1/tenants/${tenant}/call-records`, queryOf(filter), limit);
      for await (const record of servedBy('accounting', found)) listed.push(record);
      cli.showList(columns, listed, 'No such calls.');
    });
  records
    .command('find')
    .description('Calls of any tenant by the Call-ID of their INVITE')
    .argument('<call-id>')
    .action(async (callId: string) => {
      const { items } = (await cli.api.get(path`/v1/calls/${callId}/records`)) as { readonly items?: readonly Json[] };
      cli.showList(columns, items ?? [], 'No such calls.');
    });
  withFilter(records.command('export').description("A tenant's calls as CSV (docs/records.md describes the columns)"))
    .option('--out <file>', 'write it there and not to the standard output')
    .action(async (tenant: string, { out, ...filter }: Filter & { readonly out?: string }) => {
      const csv = await cli.api.download(path`/v1/tenants/${tenant}/call-records.csv`, queryOf(filter));
      const counted = { records: 0 };
      const text = textOf(csv, counted);
      if (out === undefined) {
        for await (const part of text) cli.surroundings.out(part);
        return;
      }
      await save(text, out);
      cli.done(`${counted.records} records are in ${out}.`, { records: counted.records, file: out });
    });
}

function withFilter(command: Command): Command {
  return command
    .argument('<tenant>')
    .option('--from <time>', 'that began then or later: 2026-11-22 or 2026-11-22T08:00:00Z')
    .option('--to <time>', 'that began before; at most 32 days after --from')
    .option('--party <identity>', 'of this identity on either side, such as sip:alice@demo.ringdown.test')
    .option('--call-id <id>', 'with this Call-ID')
    .option('--state <state>', 'in-progress or ended')
    .option('--cause <cause>', 'that ended so, such as rejected');
}

function queryOf({ cause, ...filter }: Filter) {
  return { ...filter, releaseCause: cause };
}

function releaseText(release: Json | null): unknown {
  if (release === null) return undefined;
  const status = release['statusCode'] === null ? '' : ` ${String(release['statusCode'])}`;
  return `${String(release['side'])}, ${String(release['cause'])}${status}`;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

/** The text of an export as it comes, which counts its records: lines without the heading, but for line breaks within a cell. */
async function* textOf(csv: ReadableStream<Uint8Array>, counted: { records: number }): AsyncGenerator<string> {
  let isQuoted = false;
  let lines = 0;
  try {
    for await (const text of csv.pipeThrough(new TextDecoderStream())) {
      for (const character of text) {
        if (character === '"') isQuoted = !isQuoted;
        else if (character === '\n' && !isQuoted) lines += 1;
      }
      counted.records = Math.max(0, lines - 1);
      yield text;
    }
  } catch {
    throw new CommandProblem(`The export was cut off after ${counted.records} records; what came is not all.`, [
      'Ask again; the log of accounting says why it ended.',
    ]);
  }
}

async function save(text: AsyncGenerator<string>, file: string): Promise<void> {
  try {
    await pipeline(text, createWriteStream(file));
  } catch (error) {
    if (error instanceof CommandProblem) throw error;
    throw new CommandProblem(`${file} can't be written: ${(error as Error).message}`);
  }
}
