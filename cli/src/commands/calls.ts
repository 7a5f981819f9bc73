import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { type Json, path, servedBy } from '../rest-client.js';
import type { Column } from '../table.js';
import { allOrOneTenant } from '../tenants.js';

const columns: readonly Column<Json>[] = [
  ['tenant', ({ tenantId }) => tenantId],
  ['from', ({ originating }) => (originating as Json)['identity']],
  ['to', ({ terminating }) => (terminating as Json)['identity']],
  ['started', ({ startedAt }) => startedAt],
  ['answered', ({ answeredAt }) => answeredAt],
  ['edge', ({ edgeId }) => edgeId],
  ['call-id', ({ sipCallId }) => sipCallId],
];

/** `ringdown calls`: who is talking, or being rung, now, as accounting knows from the edges' events. */
export function addCalls(program: Command, cli: Cli): void {
  program
    .command('calls')
    .description('Calls in progress, of one tenant or of all')
    .argument('[tenant]')
    .action(async (tenant: string | undefined) => {
      const { api } = cli;
      // One between two tenants is in both their lists.
      const calls = new Map<unknown, Json>();
      for (const tenantId of await allOrOneTenant(api, tenant)) {
        const found = api.items(path`/v1/tenants/${tenantId}/calls`);
        for await (const call of servedBy('accounting', found))
          if (!calls.has(call['callKey'])) calls.set(call['callKey'], { tenantId, ...call });
      }
      cli.showList(columns, [...calls.values()], 'No calls in progress.');
    });
}
