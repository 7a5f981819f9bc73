import { type Arrow, arrowsOf } from './arrows.js';
import type { CallMessages } from './call-messages.js';
import { type Party, partiesOf } from './parties.js';

export interface LadderOptions {
  /** Characters a line may have. */
  readonly width: number;
}

const timeWidth = 11;
/** Room between two columns, their own characters not counted. */
const widestGap = 30;
const narrowestGap = 13;
/** Half of an IPv4 address with its port: it stands left of the first column and right of the last one. */
const margin = 10;

/**
 * A call as a ladder of text: a column for each party, an arrow for each message. Where the lines are too narrow for the columns it is a list.
 * Control characters of messages never reach the terminal.
 */
export function ladder({ messages }: Pick<CallMessages, 'messages'>, { width }: LadderOptions): string {
  const arrows = arrowsOf(messages);
  const [first] = arrows;
  if (first === undefined) return '';
  const parties = partiesOf(arrows);
  const gap = gapFor(parties, width);
  const lines = arrows.map((arrow) => {
    const time = timeOf(arrow.atUs - first.atUs);
    return gap === undefined ? `${time}${listed(arrow)}` : `${time}${drawn(arrow, parties, gap)}`;
  });
  return [...(gap === undefined ? [] : heads(parties, gap)), ...lines].map((line) => line.trimEnd()).join('\n');
}

/** Every message in full, in the order of the ladder. */
export function fullMessages({ messages }: CallMessages): string {
  const arrows = arrowsOf(messages);
  return arrows
    .map((arrow) => {
      const head = `${timeOf(arrow.atUs - (arrows[0]?.atUs ?? 0)).trim()}  ${printable(`${arrow.from} → ${arrow.to}`)} over ${arrow.transport}${timesOf(arrow)}`;
      const text = arrow.sip.replaceAll('\r\n', '\n').split('\n').map(printable).join('\n').trimEnd();
      return `── ${head}\n${text}\n`;
    })
    .join('\n');
}

/** The room between columns; undefined where there is too little. */
function gapFor(parties: readonly Party[], width: number): number | undefined {
  const columns = parties.length;
  if (columns < 2) return undefined;
  const room = width - timeWidth - columns - 2 * margin;
  const gap = Math.min(widestGap, Math.floor(room / (columns - 1)));
  return gap < narrowestGap ? undefined : gap;
}

function columnOf(index: number, gap: number): number {
  return margin + index * (gap + 1);
}

function heads(parties: readonly Party[], gap: number): readonly string[] {
  const rows = [parties.map(({ name }) => name), parties.map(({ who }) => who)];
  return rows
    .filter((row) => row.some((text) => text !== ''))
    .map((row) => {
      let line = '';
      for (const [index, text] of row.entries()) {
        const shown = shortened(printable(text), Math.min(gap - 1, 2 * margin + 1));
        line = line.padEnd(columnOf(index, gap) - Math.floor(shown.length / 2)) + shown;
      }
      return ' '.repeat(timeWidth) + line;
    });
}

function drawn(arrow: Arrow, parties: readonly Party[], gap: number): string {
  const at = (name: string): number => parties.findIndex((party) => party.name === name);
  const [from, to] = [at(arrow.from), at(arrow.to)];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const cells: string[] = [];
  for (let column = 0; column < parties.length; column++) {
    cells.push(column > left && column < right ? '┼' : '│');
    if (column === parties.length - 1) break;
    if (column === left && left < right) {
      const inner = columnOf(right, gap) - columnOf(left, gap) - 1;
      // The columns that a long arrow passes are under it.
      cells.push(line(inner, `${printable(arrow.label)}${timesOf(arrow)}`, from < to));
      column = right - 1;
    } else cells.push(' '.repeat(gap));
  }
  return ' '.repeat(columnOf(0, gap)) + cells.join('');
}

/** A line with its words in the middle and a head at its end. */
function line(length: number, words: string, isRightward: boolean): string {
  const shown = ` ${shortened(words, length - 6)} `;
  const dashes = length - 1 - shown.length;
  const before = '─'.repeat(Math.floor(dashes / 2));
  const after = '─'.repeat(Math.ceil(dashes / 2));
  return isRightward ? `${before}${shown}${after}>` : `<${before}${shown}${after}`;
}

function listed(arrow: Arrow): string {
  return printable(`${arrow.from} → ${arrow.to}  ${arrow.label}${timesOf(arrow)}`);
}

function timesOf({ times }: Arrow): string {
  return times === 1 ? '' : ` ×${times}`;
}

function timeOf(us: number): string {
  return `${(us / 1_000_000).toFixed(3)} s`.padStart(timeWidth - 1).padEnd(timeWidth);
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}

/** Without what a terminal would take for a command. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '·');
}
