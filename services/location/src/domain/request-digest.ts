import { hash } from 'node:crypto';
import type { Contact } from './bind.js';

/**
 * Stands for what a device wrote in a REGISTER about its contacts. Flow and Path are left out: a retransmission may reach
 * another edge, and is the same request all the same.
 */
export function requestDigest(contacts: readonly Contact[], removeAll: boolean): string {
  const written = contacts.map((contact) => [
    contact.bindingKey,
    contact.uri,
    contact.contactParams,
    contact.expiresSec,
    contact.qThousandths ?? null,
  ]);
  return hash('sha256', JSON.stringify([removeAll, written]), 'base64url').slice(0, 22);
}
