import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { resources } from '../resources/all.js';
import { addCalls } from './calls.js';
import { addExplain } from './explain.js';
import { addImport } from './import-subscribers.js';
import { addRecords } from './records.js';
import { addRegistrations } from './registrations.js';
import { addResource } from './resources.js';
import { addTrace } from './trace.js';

/** Every command, in the order of the help. */
export function addCommands(program: Command, cli: Cli): void {
  for (const resource of resources) {
    const command = addResource(program, cli, resource);
    if (resource.plural === 'subscribers') addImport(command, cli);
  }
  addRegistrations(program, cli);
  addCalls(program, cli);
  addRecords(program, cli);
  addTrace(program, cli);
  addExplain(program, cli);
}
