import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/** What stands at one end of a call: a binding (address of record and instance), a trunk, or something unnamed. */
export type TokenLeg =
  | { readonly kind: 'binding'; readonly addressOfRecord: Uint8Array; readonly instance: Uint8Array }
  | { readonly kind: 'trunk'; readonly trunk: Uint8Array }
  | { readonly kind: 'none' };

/**
 * What in-dialog routing needs to know of a call. Every byte string is opaque here and at most 255 bytes, but all of
 * them together have to fit: see `TOKEN_ROOM_BYTES`. The caller picks short names, e.g. the user part of an address of
 * record (the tenant's canonical domain completes it) and 4 bytes of an instance's hash.
 */
export interface RouteTokenPayload {
  readonly callId: Uint8Array;
  readonly originatingTenant: Uint8Array;
  readonly terminatingTenant: Uint8Array;
  readonly originatingLeg: TokenLeg;
  readonly terminatingLeg: TokenLeg;
  readonly mediaNode: Uint8Array;
  /** Seconds since 1970, below 2^32. */
  readonly startTimeSec: number;
}

/** Keys by their id (0–255), each 16 bytes for AES-128. Old keys stay to open with; only `currentKeyId` seals. */
export interface KeyRing {
  readonly currentKeyId: number;
  readonly keys: ReadonlyMap<number, KeyObject>;
}

/** The dialog a token belongs to: it opens nowhere else. */
export interface TokenDialog {
  readonly callId: string;
  readonly originatorTag: string;
}

export type SealResult =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'failure'; readonly code: 'too-long'; readonly bytes: number };

export type OpenResult =
  | { readonly kind: 'token'; readonly payload: RouteTokenPayload; readonly keyId: number }
  | { readonly kind: 'failure'; readonly code: 'malformed' | 'unknown-key' | 'not-authentic' };

/**
 * A token's length is bounded so that a Record-Route header doesn't push an INVITE over a datagram. Between two persons of one tenant with names of
 * nine characters it has 120; the bound leaves room for long names, which would otherwise lose their place in it.
 */
export const TOKEN_MAX_CHARACTERS = 240;
export const TOKEN_NONCE_BYTES = 12;
// NIST SP 800-38D §5.2.1.2 allows 96-bit tags for general use; the 4 bytes saved carry an instance.
const TAG_BYTES = 12;
const KEY_ID_BYTES = 1;
const START_TIME_BYTES = 4;
const FIELD_COUNT = 8;
const FIXED_BYTES = 1 + START_TIME_BYTES + FIELD_COUNT;
const MAX_TOKEN_BYTES = (TOKEN_MAX_CHARACTERS / 4) * 3;
const ENVELOPE_BYTES = KEY_ID_BYTES + TOKEN_NONCE_BYTES + TAG_BYTES;

/** Bytes left for a payload's byte strings, all together. */
export const TOKEN_ROOM_BYTES = MAX_TOKEN_BYTES - ENVELOPE_BYTES - FIXED_BYTES;

const LEG_KINDS = ['none', 'binding', 'trunk'] as const;
const ALGORITHM = 'aes-128-gcm';
const NOTHING = new Uint8Array(0);

/**
 * Seals a payload into at most `TOKEN_MAX_CHARACTERS` of base64url, which can stand in a URI's user part unescaped.
 * @param nonce 12 random bytes, never used before with this key.
 * @returns `too-long` with the bytes the payload's strings take, when they exceed `TOKEN_ROOM_BYTES`.
 * @throws when the ring lacks its own current key or the nonce has another length: that is a bug.
 */
export function sealToken(
  payload: RouteTokenPayload,
  dialog: TokenDialog,
  ring: KeyRing,
  nonce: Uint8Array,
): SealResult {
  const key = ring.keys.get(ring.currentKeyId);
  if (key === undefined) throw new Error(`the key ring has no key ${ring.currentKeyId}, its current one`);
  if (nonce.length !== TOKEN_NONCE_BYTES) throw new Error(`a token's nonce has ${TOKEN_NONCE_BYTES} bytes`);
  const fields = fieldsOf(payload);
  const bytes = fields.reduce((sum, field) => sum + field.length, 0);
  if (bytes > TOKEN_ROOM_BYTES) return { kind: 'failure', code: 'too-long', bytes };

  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(dialog, ring.currentKeyId));
  const plain = encodePayload(payload, fields, FIXED_BYTES + bytes);
  const sealed = Buffer.allocUnsafe(ENVELOPE_BYTES + plain.length);
  sealed[0] = ring.currentKeyId;
  sealed.set(nonce, KEY_ID_BYTES);
  sealed.set(cipher.update(plain), KEY_ID_BYTES + TOKEN_NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return { kind: 'token', token: sealed.toString('base64url') };
}

/** Opens a token for one dialog. Anything but an untouched token of a known key for this very dialog is a failure. */
export function openToken(token: string, dialog: TokenDialog, ring: KeyRing): OpenResult {
  if (token.length > TOKEN_MAX_CHARACTERS) return { kind: 'failure', code: 'malformed' };
  const sealed = Buffer.from(token, 'base64url');
  if (sealed.length < ENVELOPE_BYTES + FIXED_BYTES || sealed.toString('base64url') !== token) {
    return { kind: 'failure', code: 'malformed' };
  }
  const keyId = sealed[0] as number;
  const key = ring.keys.get(keyId);
  if (key === undefined) return { kind: 'failure', code: 'unknown-key' };
  const bodyStart = KEY_ID_BYTES + TOKEN_NONCE_BYTES;
  const tagStart = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(KEY_ID_BYTES, bodyStart), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(dialog, keyId));
  decipher.setAuthTag(sealed.subarray(tagStart));
  const plain = decipher.update(sealed.subarray(bodyStart, tagStart));
  try {
    decipher.final();
  } catch {
    return { kind: 'failure', code: 'not-authentic' }; // node:crypto reports a wrong tag only by throwing.
  }
  const payload = decodePayload(plain);
  return payload === undefined ? { kind: 'failure', code: 'malformed' } : { kind: 'token', payload, keyId };
}

/** The Call-ID's length stands before it, so that no other split of the same characters gives the same bytes. */
function additionalData(dialog: TokenDialog, keyId: number): Buffer {
  return Buffer.from(`${keyId}:${dialog.callId.length}:${dialog.callId}${dialog.originatorTag}`, 'latin1');
}

function fieldsOf(payload: RouteTokenPayload): readonly Uint8Array[] {
  const { callId, originatingTenant, terminatingTenant, mediaNode } = payload;
  const [originator, originatorInstance] = legFields(payload.originatingLeg);
  const [terminator, terminatorInstance] = legFields(payload.terminatingLeg);
  return [
    callId,
    originatingTenant,
    terminatingTenant,
    originator,
    originatorInstance,
    terminator,
    terminatorInstance,
    mediaNode,
  ];
}

function legFields(leg: TokenLeg): readonly [Uint8Array, Uint8Array] {
  switch (leg.kind) {
    case 'binding':
      return [leg.addressOfRecord, leg.instance];
    case 'trunk':
      return [leg.trunk, NOTHING];
    case 'none':
      return [NOTHING, NOTHING];
  }
}

function encodePayload(payload: RouteTokenPayload, fields: readonly Uint8Array[], length: number): Buffer {
  const plain = Buffer.allocUnsafe(length);
  plain[0] = LEG_KINDS.indexOf(payload.originatingLeg.kind) * 4 + LEG_KINDS.indexOf(payload.terminatingLeg.kind);
  plain.writeUInt32BE(payload.startTimeSec, 1);
  let at = 1 + START_TIME_BYTES;
  for (const field of fields) {
    plain[at] = field.length;
    plain.set(field, at + 1);
    at += 1 + field.length;
  }
  return plain;
}

function decodePayload(plain: Buffer): RouteTokenPayload | undefined {
  const fields: Uint8Array[] = [];
  let at = 1 + START_TIME_BYTES;
  while (fields.length < FIELD_COUNT) {
    const length = plain[at];
    if (length === undefined || at + 1 + length > plain.length) return undefined;
    fields.push(plain.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  const kinds = plain[0] as number;
  const originatingLeg = legFrom(kinds >> 2, fields[3] as Uint8Array, fields[4] as Uint8Array);
  const terminatingLeg = legFrom(kinds & 3, fields[5] as Uint8Array, fields[6] as Uint8Array);
  if (at !== plain.length || originatingLeg === undefined || terminatingLeg === undefined) return undefined;
  return {
    callId: fields[0] as Uint8Array,
    originatingTenant: fields[1] as Uint8Array,
    terminatingTenant: fields[2] as Uint8Array,
    originatingLeg,
    terminatingLeg,
    mediaNode: fields[7] as Uint8Array,
    startTimeSec: plain.readUInt32BE(1),
  };
}

function legFrom(kind: number, name: Uint8Array, instance: Uint8Array): TokenLeg | undefined {
  switch (LEG_KINDS[kind]) {
    case 'none':
      return { kind: 'none' };
    case 'binding':
      return { kind: 'binding', addressOfRecord: name, instance };
    case 'trunk':
      return { kind: 'trunk', trunk: name };
    default:
      return undefined;
  }
}
