import type { Command } from 'commander';
import { forTerminal } from './render.js';
import { type Result, resultsFolder, saveResult, thisMachine } from './result.js';

/** Prints what a command has found, and keeps it in the folder that `--results` names. */
export function reportOn(command: Command, found: Pick<Result, 'options' | 'tables' | 'measured'>): void {
  const at = new Date().toISOString();
  const result: Result = { command: command.name(), at, machine: thisMachine(), ...found };
  process.stdout.write(`${result.tables.map(forTerminal).join('\n\n')}\n`);
  const folder = (command.optsWithGlobals()['results'] as string | undefined) ?? resultsFolder;
  process.stdout.write(`Kept in ${saveResult(folder, result)}\n`);
}
