import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';
import { type DomainName, parseDomainName } from './domain-name.js';
import type { Username } from './username.js';

declare const addressOfRecord: unique symbol;

/** A canonical address of record (RFC 3261 §10.3 step 5): `sip:user@canonical-domain`, no port, no parameters. */
export type AddressOfRecord = string & { readonly [addressOfRecord]: true };

/** The address of record that a subscriber has by its username. */
export function addressOfRecordOf(username: Username, canonicalDomain: DomainName): AddressOfRecord {
  return `sip:${username}@${canonicalDomain}` as AddressOfRecord;
}

const IDENTITY = /^sips?:([^@:]+)@([^@;?]+)$/i;
const USER = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+$/;
const STANDS_UNESCAPED = /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/;

/** An identity as written, taken apart. */
export interface WrittenIdentity {
  readonly user: string;
  readonly host: DomainName;
}

/**
 * Reads `sip:user@host`; port, password, parameters and headers don't belong to an address of record and are refused. The user
 * part gets its one spelling: escapes that needn't be are undone (RFC 3261 §10.3 step 5), the others written in upper case.
 */
export function parseIdentity(text: string): Parsed<WrittenIdentity> {
  const match = IDENTITY.exec(text);
  if (match === null || !USER.test(match[1]!))
    return rejected('must be an address of record such as sip:alice@example.com');
  const host = parseDomainName(match[2]!);
  if (!host.ok) return rejected(`has a host that ${host.detail}`);
  const user = match[1]!.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return STANDS_UNESCAPED.test(character) ? character : escape.toUpperCase();
  });
  return parsed({ user, host: host.value });
}

/**
 * All addresses of record a subscriber may use, its own first. `domains` are the tenant's: an identity at any of them is the same
 * as at the canonical one. Returns the field error of the first identity that is at no domain of the tenant.
 */
export function canonicalIdentities(
  own: AddressOfRecord,
  further: readonly WrittenIdentity[],
  canonicalDomain: DomainName,
  domains: ReadonlySet<string>,
): Parsed<readonly AddressOfRecord[]> {
  const identities = new Set<AddressOfRecord>([own]);
  for (const { user, host } of further) {
    if (!domains.has(host)) return rejected(`sip:${user}@${host} is at no domain of this tenant`);
    identities.add(`sip:${user}@${canonicalDomain}` as AddressOfRecord);
  }
  return parsed([...identities]);
}
