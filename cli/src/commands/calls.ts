import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { type Json, path, servedBy } from '../rest-client.js';
import type { Column } from '../table.js';
import { allOrOneTenant } from '../tenants.js';

const columns: readonly Column<Json>[] = [
  ['tenant', ({ tenantId }) => tenantId],
  ['from', ({ originating }) => (originating as Json | undefined)?.['identity']],
  ['to', ({ terminating }) => (terminating as Json | undefined)?.['identity']],
  ['started', ({ startedAt }) => startedAt],
  ['answered', ({ answeredAt }) => answeredAt],
  ['edge', ({ edgeId }) => edgeId],
  ['call-id', ({ sipCallId }) => sipCallId],
];

/** `ringdown calls`: what is being talked or is ringing now, as accounting knows from the edges' events. */
export function addCalls(program: Command, cli: Cli): void {
  program
    .command('calls')
    .description('Calls in progress, of one tenant or of all')
    .argument('[tenant]')
    .action(async (tenant: string | undefined) => {
      const { api } = cli;
      const calls: Json[] = [];
      for (const tenantId of await allOrOneTenant(api, tenant)) {
        for await (const call of servedBy('accounting', api.items(path`/v1/tenants/${tenantId}/calls`)))
          calls.push({ ...call, tenantId: call['tenantId'] ?? tenantId });
      }
      cli.showList(columns, calls, 'No calls in progress.');
    });
}
