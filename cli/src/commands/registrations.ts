import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { type Json, path, servedBy } from '../rest-client.js';
import type { Column } from '../table.js';
import { allOrOneTenant } from '../tenants.js';

const columns: readonly Column<Json>[] = [
  ['tenant', ({ tenantId }) => tenantId],
  ['address of record', ({ addressOfRecord }) => addressOfRecord],
  ['contact', ({ contact }) => contact],
  ['flow', ({ flow }) => flowText(flow as Json | null)],
  ['expires in', ({ expiresInSec }) => `${String(expiresInSec)} s`],
  ['state', ({ suspended }) => (suspended === true ? 'suspended' : 'reachable')],
  ['user agent', ({ userAgent }) => userAgent],
];

/** `ringdown registrations`: which phones are registered, and over which edge each is reached. */
export function addRegistrations(program: Command, cli: Cli): void {
  program
    .command('registrations')
    .description('Registered phones, of one tenant or of all')
    .argument('[tenant]')
    .option('--aor <uri>', 'of this address of record only, such as sip:alice@demo.ringdown.test')
    .action(async (tenant: string | undefined, { aor }: { readonly aor?: string }) => {
      const { api } = cli;
      const bindings: Json[] = [];
      for (const tenantId of await allOrOneTenant(api, tenant)) {
        const found = api.items(path`/v1/tenants/${tenantId}/bindings`, { addressOfRecord: aor });
        for await (const binding of servedBy('location', found)) bindings.push({ tenantId, ...binding });
      }
      cli.showList(columns, bindings, 'Nobody is registered.');
    });
}

/** The edge that has the phone's connection. */
function flowText(flow: Json | null): unknown {
  return flow === null ? undefined : `${String(flow['transport'])} of ${String(flow['edgeId'])}`;
}
