import { isDeepStrictEqual } from 'node:util';

/** What a PUT left behind, and whether it changed anything: a repetition is `unchanged` and keeps its version. */
export interface Put<T> {
  readonly entity: T;
  readonly effect: 'created' | 'updated' | 'unchanged';
}

/** Whether every field that `wanted` has is the same in `stored`. */
export function holds<T extends object>(stored: T, wanted: Partial<T>): boolean {
  return Object.entries(wanted).every(([field, value]) => isDeepStrictEqual(stored[field as keyof T], value));
}
