import { parseCredentials } from '@ringdown/sip-auth';
import { Header, type HeaderField, type HeaderId, type SipRequest } from '@ringdown/sip-message';
import { type HeaderChanges, noChanges } from './header-changes.js';

/** Whose credentials end at this element: those for one realm, for every realm, or nobody's. */
export type ConsumedRealm = { readonly name: string } | 'every' | undefined;

const both = [Header.Authorization, Header.ProxyAuthorization] as const;

/**
 * Credentials for the own realm end here: nobody behind this edge has a use for them, and whoever got them could use them again. Those for
 * other realms pass, since each proxy and server on the way takes its own (RFC 3261 §22.3).
 */
export function consumedCredentials(request: SipRequest, realm: ConsumedRealm): HeaderChanges {
  if (realm === undefined || !(request.has(Header.ProxyAuthorization) || request.has(Header.Authorization)))
    return noChanges;
  const removed: HeaderId[] = [];
  const kept: HeaderField[] = [];
  for (const id of both) {
    const values = request.values(id);
    const others = realm === 'every' ? [] : values.filter((value) => !isForRealm(value, realm.name));
    if (others.length === values.length) continue;
    removed.push(id);
    for (const value of others) kept.push([id, value]);
  }
  return removed.length === 0 ? noChanges : { removed, added: kept };
}

function isForRealm(value: string, realm: string): boolean {
  const credentials = parseCredentials(value);
  return credentials.kind === 'digest' && credentials.realm === realm;
}
