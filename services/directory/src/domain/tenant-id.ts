import { type Parsed, parsed, parseTenantId } from '@ringdown/platform/commands';

export { parseTenantId, type TenantId } from '@ringdown/platform/commands';

/** Reads the id of something that belongs to a tenant, such as a route: the same alphabet as a tenant id. */
export function parseRouteId(text: string): Parsed<string> {
  const result = parseTenantId(text);
  return result.ok ? parsed<string>(result.value) : result;
}
