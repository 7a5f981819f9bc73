// Run after a build, with Node 24: node bench/src/parse/main.ts [seconds a turn] [alternations]
import { benchParse, type ParseRow } from './bench-parse.ts';
import type { Spread } from './spread.ts';

const HEADINGS = ['path', 'messages', 'library', 'messages/s', 'µs CPU a message', 'times Ringdown'];
const WIDTHS = [6, 9, 9, 11, 28, 24];

function figure({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function cells({ library, path, part, messagesPerSecond, cpuUs, ratio }: ParseRow): readonly string[] {
  return [path, part, library, messagesPerSecond.median.toFixed(0), figure(cpuUs, 2), figure(ratio, 2)];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const result = await benchParse({
  seconds: Number(process.argv[2] ?? 0.5),
  alternations: Number(process.argv[3] ?? 5),
});

const { everyday, rfc4475 } = result.messages;
print(`everyday: ${everyday.join(', ')}`);
print(`rfc4475: ${rfc4475.join(', ')}`);
for (const [library, refusals] of Object.entries(result.refusals)) {
  for (const { message, path, reason } of refusals) print(`left out: ${message}; ${library}, ${path}: ${reason}`);
}
for (const row of [HEADINGS, ...result.rows.map(cells)]) {
  print(row.map((cell, at) => cell.padEnd(WIDTHS[at] ?? 0)).join('  '));
}
