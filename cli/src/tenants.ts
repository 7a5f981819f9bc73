import { CommandProblem } from './command-problem.js';
import { path, type RestClient } from './rest-client.js';

/** The tenant that was named, or every one. Throws a CommandProblem where the named one doesn't exist. */
export async function allOrOneTenant(api: RestClient, tenant: string | undefined): Promise<readonly string[]> {
  if (tenant !== undefined) {
    if ((await api.find(path`/v1/tenants/${tenant}`)) !== undefined) return [tenant];
    throw new CommandProblem(`There is no tenant ${tenant}.`, ['`ringdown tenants list` names those that there are.']);
  }
  const tenants: string[] = [];
  for await (const { tenantId } of api.items('/v1/tenants')) tenants.push(String(tenantId));
  return tenants;
}
