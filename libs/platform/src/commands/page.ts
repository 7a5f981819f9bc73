/** `limit` rows whose key is greater than `after`, in the order of the key. */
export interface PageRequest {
  readonly limit: number;
  readonly after: string | undefined;
}

/** `next` is the key to continue after; undefined at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}
