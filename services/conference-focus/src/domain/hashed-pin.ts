import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Pin } from './room-settings.js';

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * A PIN as it is kept: a salt of its own, and HMAC-SHA-256 of the digits under it. It keeps PINs from being read, or seen to be alike, in the
 * table or a backup of it. It doesn't keep somebody who has the table from trying: four to ten digits are tried in no time with any hash that
 * is fast enough to be compared at a call, so a slow one would only cost the focus its time. Who has not the table is slowed down by
 * the limit on wrong PINs.
 */
export class HashedPin implements Pin {
  /** The salt, then the hash. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== SALT_BYTES + HASH_BYTES) throw new TypeError(`A hashed PIN of ${bytes.length} bytes`);
    this.bytes = bytes;
  }

  /** `salt` is 16 random bytes. */
  static of(digits: string, salt: Uint8Array): HashedPin {
    return new HashedPin(Buffer.concat([salt, hash(digits, salt)]));
  }

  matches(digits: string): boolean {
    const salt = this.bytes.subarray(0, SALT_BYTES);
    return timingSafeEqual(hash(digits, salt), this.bytes.subarray(SALT_BYTES));
  }
}

function hash(digits: string, salt: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(digits).digest();
}
