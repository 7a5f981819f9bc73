import { createCipheriv, createDecipheriv, createSecretKey, hash, hkdfSync } from 'node:crypto';
import { type KeyRing, TOKEN_NONCE_BYTES } from './sealed-token.js';

/** Whose a temporary GRUU is (RFC 5627 §3.2). */
export interface TemporaryGruu {
  readonly tenantId: string;
  /** The user part of the address of record, as it stands there. */
  readonly user: string;
  /** `+sip.instance` with its `<>`. */
  readonly instance: string;
  /** Of the registration that it was given to: `registrationOf` its Call-ID. It is good for as long as the device has a binding with that Call-ID. */
  readonly registration: string;
}

const ALGORITHM = 'aes-128-gcm';
const KEY_ID_BYTES = 1;
// NIST SP 800-38D §5.2.1.2 allows 96-bit tags for general use.
const TAG_BYTES = 12;
const REGISTRATION_BYTES = 6;
/** Lengths come in steps, so that they don't tell one person's GRUUs from another's. */
const STEP_BYTES = 24;
const UUID = /^<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>$/;
const UUID_BYTES = 16;
/** Longer names don't fit a length byte. */
const MAX_NAME_BYTES = 255;

/** Derives the keys of temporary GRUUs from the platform's seal keys, so that no other token passes for one. The first key seals. */
export function temporaryGruuKeys(sealKeys: readonly { readonly id: number; readonly key: Buffer }[]): KeyRing {
  const current = sealKeys[0];
  if (current === undefined) throw new Error('sealing needs at least one key');
  const derive = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, '', 'ringdown temporary gruu', 16));
  return {
    currentKeyId: current.id,
    keys: new Map(sealKeys.map(({ id, key }) => [id, createSecretKey(derive(key))])),
  };
}

/** Stands for a registration in a temporary GRUU: RFC 5627 §3.2 has its life end when the device registers with another Call-ID. */
export function registrationOf(callId: string): string {
  return hash('sha256', callId, 'hex').slice(0, REGISTRATION_BYTES * 2);
}

/**
 * Seals a temporary GRUU's user part: base64url, which says nothing to who has no key, neither whose it is nor whether another one is the same
 * device's. Nothing is stored: any number of them may be given out.
 * @param nonce 12 random bytes, never used before with this key.
 * @returns undefined where a name is longer than 255 bytes.
 */
export function sealTemporaryGruu(gruu: TemporaryGruu, ring: KeyRing, nonce: Uint8Array): string | undefined {
  const key = ring.keys.get(ring.currentKeyId);
  if (key === undefined) throw new Error(`the key ring has no key ${ring.currentKeyId}, its current one`);
  if (nonce.length !== TOKEN_NONCE_BYTES) throw new Error(`a temporary GRUU's nonce has ${TOKEN_NONCE_BYTES} bytes`);
  const plain = encode(gruu);
  if (plain === undefined) return undefined;
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  const keyId = Buffer.of(ring.currentKeyId);
  cipher.setAAD(keyId);
  const sealed = cipher.update(plain);
  cipher.final();
  return Buffer.concat([keyId, nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Opens a temporary GRUU's user part; undefined for anything but an untouched one of a known key. */
export function openTemporaryGruu(user: string, ring: KeyRing): TemporaryGruu | undefined {
  const sealed = Buffer.from(user, 'base64url');
  const bodyStart = KEY_ID_BYTES + TOKEN_NONCE_BYTES;
  if (sealed.length < bodyStart + TAG_BYTES || sealed.toString('base64url') !== user) return undefined;
  const key = ring.keys.get(sealed[0] as number);
  if (key === undefined) return undefined;
  const tagStart = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(KEY_ID_BYTES, bodyStart);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(sealed.subarray(0, KEY_ID_BYTES));
  decipher.setAuthTag(sealed.subarray(tagStart));
  const plain = decipher.update(sealed.subarray(bodyStart, tagStart));
  try {
    decipher.final();
  } catch {
    return undefined; // node:crypto reports a wrong tag only by throwing.
  }
  return decode(plain);
}

/** Three names, each behind its length, the registration, and zeros up to the next step. */
function encode({ tenantId, user, instance, registration }: TemporaryGruu): Buffer | undefined {
  const names = [Buffer.from(tenantId), Buffer.from(user, 'latin1'), packInstance(instance)];
  if (names.some((name) => name.length > MAX_NAME_BYTES)) return undefined;
  const parts = names.flatMap((name) => [Buffer.of(name.length), name]);
  const bytes = Buffer.concat([...parts, Buffer.from(registration, 'hex')]);
  return Buffer.concat([bytes], Math.ceil(bytes.length / STEP_BYTES) * STEP_BYTES);
}

function decode(plain: Buffer): TemporaryGruu | undefined {
  const names: Buffer[] = [];
  let at = 0;
  while (names.length < 3) {
    const length = plain[at];
    if (length === undefined || at + 1 + length > plain.length) return undefined;
    names.push(plain.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  const [tenantId, user, instance] = names as [Buffer, Buffer, Buffer];
  const registration = plain.subarray(at, at + REGISTRATION_BYTES);
  if (registration.length < REGISTRATION_BYTES) return undefined;
  return {
    tenantId: tenantId.toString(),
    user: user.toString('latin1'),
    instance: unpackInstance(instance),
    registration: registration.toString('hex'),
  };
}

/** The sixteen bytes of a UUID, which an instance is as a rule (RFC 5626 §4.1); any other as it is written, with a zero behind it where it would pass for a UUID. */
function packInstance(instance: string): Buffer {
  if (UUID.test(instance)) return Buffer.from(instance.slice('<urn:uuid:'.length, -1).replaceAll('-', ''), 'hex');
  const written = Buffer.from(instance, 'latin1');
  return written.length === UUID_BYTES ? Buffer.concat([written, Buffer.of(0)]) : written;
}

function unpackInstance(packed: Buffer): string {
  if (packed.length !== UUID_BYTES) return packed.toString('latin1').replace(/\0$/, '');
  const hex = packed.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `<urn:uuid:${groups.join('-')}>`;
}
