import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { readText } from '../resources/written-fields.js';
import { path } from '../rest-client.js';

/** `ringdown subscribers import`: many at once, all or none. */
export function addImport(subscribers: Command, cli: Cli): void {
  subscribers
    .command('import')
    .description('Create subscribers from CSV, all or none; who exists gets the new password')
    .argument('<tenant>')
    .argument('<file>', 'lines of username,password below that heading; - is the standard input')
    .action(async (tenant: string, file: string) => {
      const { api, surroundings } = cli;
      const body = file === '-' ? await surroundings.input() : readText(resolve(surroundings.folder, file));
      const counts = await api.post(path`/v1/tenants/${tenant}/subscribers:import`, {
        content: { type: 'text/csv', body },
      });
      const { created, updated, unchanged } = counts;
      cli.done(
        `Imported: ${String(created)} created, ${String(updated)} changed, ${String(unchanged)} as they were.`,
        counts,
      );
    });
}
