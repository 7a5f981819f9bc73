import { Command } from 'commander';
import { positive, wholeNumber } from '../result/arguments.js';
import { numberCell, spreadCell } from '../result/cells.js';
import { reportOn } from '../result/report.js';
import type { ResultTable } from '../result/result.js';
import { benchParse, type ParseOptions, type ParseResult, type ParseRow } from './bench-parse.js';

export const parseCommand = new Command('parse')
  .description(
    'reading a mix of messages, and passing them on as a proxy does, beside JsSIP, SIP.js and the sip package',
  )
  .option('--seconds <seconds>', 'length of one turn of a library', positive, 0.5)
  .option('--alternations <number>', 'how often the libraries take turns', wholeNumber, 5)
  .action(async (options: ParseOptions, command: Command) => {
    const measured = await benchParse(options);
    reportOn(command, { options: { ...options }, tables: [tableOf(measured)], measured });
  });

function tableOf({ rows, messages, refusals }: ParseResult): ResultTable {
  const { everyday, rfc4475 } = messages;
  return {
    title: `Reading a message: ${everyday.length} of every day, ${rfc4475.length} of RFC 4475`,
    columns: ['path', 'messages', 'library', 'messages/s', 'CPU µs/message', '× Ringdown'],
    rows: rows.map(cells),
    remarks: Object.entries(refusals).flatMap(([library, refused]) =>
      refused.map(({ message, path, reason }) => `left out for all: ${message}; ${library}, ${path}: ${reason}`),
    ),
  };
}

function cells({ library, path, part, messagesPerSecond, cpuUs, ratio }: ParseRow): readonly string[] {
  return [path, part, library, numberCell(messagesPerSecond.median), spreadCell(cpuUs, 2), spreadCell(ratio, 2)];
}
