import type { TransactionRig } from './transaction-rig.js';

/** One arrow of a figure, or one input that a state ignores. `to` is the state after it, `effects` in words, `timers` what then runs, in ms left. */
export interface Row {
  readonly from: string;
  readonly on: string;
  readonly to: string;
  readonly effects: readonly string[];
  readonly timers: Readonly<Record<string, number>>;
}

/** The machine under test: how to bring it into each state, and what each input is. Both run on a fresh rig. */
export interface MachineUnderTest<T extends { readonly state: string }> {
  readonly into: Readonly<Record<string, (rig: TransactionRig) => T>>;
  readonly inputs: Readonly<Record<string, (rig: TransactionRig, transaction: T) => void>>;
}

/** `from | on | to | effects, comma separated | timers` per line; blank lines are skipped. */
export function rows(table: string): Row[] {
  return table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length > 1)
    .map(([from = '', on = '', to = '', effects = '', timers = '']) => ({
      from,
      on,
      to,
      effects: effects === '' ? [] : effects.split(',').map((effect) => effect.trim()),
      timers: Object.fromEntries(
        timers === ''
          ? []
          : timers
              .split(',')
              .map((timer) => timer.trim().split(' '))
              .map(([name, ms]) => [name, Number(ms)]),
      ),
    }));
}

/** Plays a row and says what happened, in the row's own form. */
export function play<T extends { readonly state: string }>(
  row: Row,
  machine: MachineUnderTest<T>,
  rig: TransactionRig,
): Row {
  const enter = machine.into[row.from];
  if (enter === undefined) throw new Error(`no way into ${row.from}`);
  const transaction = enter(rig);
  if (transaction.state !== row.from) throw new Error(`the way into ${row.from} ends in ${transaction.state}`);
  rig.effects.length = 0;
  const timer = /^timer (\w+)$/.exec(row.on)?.[1];
  const input = machine.inputs[row.on];
  if (timer !== undefined) rig.passUntil(timer);
  else if (input !== undefined) input(rig, transaction);
  else throw new Error(`no input ${row.on}`);
  return { from: row.from, on: row.on, to: transaction.state, effects: rig.take(), timers: rig.timers() };
}

/**
 * The cells of the full matrix (every state with every input, and with every timer that runs in it) that the table
 * does not have exactly once.
 */
export function gaps<T extends { readonly state: string }>(
  table: readonly Row[],
  machine: MachineUnderTest<T>,
  newRig: () => TransactionRig,
): string[] {
  const wanted: string[] = [];
  for (const [state, enter] of Object.entries(machine.into)) {
    const rig = newRig();
    enter(rig);
    for (const input of Object.keys(machine.inputs)) wanted.push(`${state} × ${input}`);
    for (const timer of Object.keys(rig.timers())) wanted.push(`${state} × timer ${timer}`);
  }
  const had = table.map((row) => `${row.from} × ${row.on}`);
  const missing = wanted.filter((cell) => had.filter((each) => each === cell).length !== 1);
  const unknown = had.filter((cell) => !wanted.includes(cell));
  return [
    ...missing.map((cell) => `not exactly once: ${cell}`),
    ...unknown.map((cell) => `not in the matrix: ${cell}`),
  ];
}
