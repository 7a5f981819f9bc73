import type { Heard } from './call-pair.js';
import { type Place, type Transport, transports } from './place.js';

/** Every caller with every callee, a row for each caller: what each side heard of the other, how long it took, and which way the media went. */
export function callTable({ name }: Place, calls: readonly Heard[]): string {
  const cell = (caller: Transport, callee: Transport): string => {
    const call = calls.find((each) => each.caller === caller && each.callee === callee);
    if (call === undefined) return 'FAILED';
    const { atCaller, atCallee, audioMs, relayed } = call;
    return `${Math.round(atCaller)}/${Math.round(atCallee)} ${Math.round(audioMs)} ms ${relayed ? 'relayed' : 'direct'}`;
  };
  const rows = [
    ['caller \\ callee', ...transports],
    ...transports.map((caller) => [caller, ...transports.map((callee) => cell(caller, callee))]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${name}: heard by the caller / by the callee (8000 spoken), time until both heard, the media's way\n${lines.join('\n')}\n`;
}
