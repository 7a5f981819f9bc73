import { timingSafeEqual } from 'node:crypto';

const MAX = 128;
const left = Buffer.alloc(MAX);
const right = Buffer.alloc(MAX);

/** Compares two latin1 texts of at most 128 characters in a time that depends on their lengths only. */
export function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length || a.length > MAX) return false;
  left.write(a, 0, 'latin1');
  right.write(b, 0, 'latin1');
  // The bytes past the texts may be left over from an earlier comparison, so they are made equal.
  right.copy(left, a.length, a.length);
  return timingSafeEqual(left, right);
}
