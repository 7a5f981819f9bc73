import { parseAddressOfRecord } from '../domain/room.js';
import type { Tenants } from '../ports/tenants.js';

/**
 * Addresses of record at the canonical domains of the tenants whose they are, as edges assert them; each once. Of a domain that is nobody's
 * they stay as they are; what is none is left out.
 */
export async function canonicalAddresses(
  tenants: Pick<Tenants, 'canonicalDomain'>,
  addresses: readonly string[],
): Promise<readonly string[]> {
  const canonical = new Map<string, string>();
  const result = new Set<string>();
  for (const address of addresses) {
    const read = parseAddressOfRecord(address);
    if (!read.ok) continue;
    const [user, host] = read.value;
    const domain = canonical.get(host) ?? (await tenants.canonicalDomain(host)) ?? host;
    canonical.set(host, domain);
    result.add(`sip:${user}@${domain}`);
  }
  return [...result];
}
