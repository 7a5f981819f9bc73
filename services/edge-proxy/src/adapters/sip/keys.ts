import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { SealKey } from '@ringdown/platform';
import type { SealKey as NonceKey } from '@ringdown/sip-auth';
import { type KeyRing, temporaryGruuKeys } from '@ringdown/sip-proxy';

/** What the edge seals, each with keys of its own that are derived from the platform's. */
export interface EdgeKeys {
  readonly routes: KeyRing;
  /** As of now. */
  readonly nonces: readonly NonceKey[];
  /** What registrars seal. */
  readonly gruus: KeyRing;
}

/** Derives the keys for each purpose, so that a token of one can never pass for one of another. The first key seals. */
export function edgeKeys(sealKeys: readonly SealKey[]): EdgeKeys {
  const current = sealKeys[0];
  if (current === undefined) throw new Error('sealing needs at least one key');
  const routes = new Map<number, KeyObject>();
  for (const { id, key } of sealKeys) routes.set(id, createSecretKey(derived(key, 'route token', 16)));
  return {
    routes: { currentKeyId: current.id, keys: routes },
    gruus: temporaryGruuKeys(sealKeys),
    nonces: sealKeys.map(({ id, key }) => ({ id: String(id), secret: derived(key, 'digest nonce', 32) })),
  };
}

/** Puts other keys into rings that are in use. */
export function rekey(keys: EdgeKeys, sealKeys: readonly SealKey[]): EdgeKeys['nonces'] {
  const { routes, gruus, nonces } = edgeKeys(sealKeys);
  Object.assign(keys.routes, routes);
  Object.assign(keys.gruus, gruus);
  return nonces;
}

function derived(key: Buffer, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `ringdown ${purpose}`, bytes));
}
