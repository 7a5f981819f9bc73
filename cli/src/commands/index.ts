import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { addCalls } from './calls.js';
import { addRecords } from './records.js';
import { addRegistrations } from './registrations.js';

/** Every command, in the order of the help. */
export function addCommands(program: Command, cli: Cli): void {
  addRegistrations(program, cli);
  addCalls(program, cli);
  addRecords(program, cli);
}
