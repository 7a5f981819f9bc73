/** What reading a text gave: the value in its one canonical form, or a sentence for the person who wrote it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function rejected(detail: string): { readonly ok: false; readonly detail: string } {
  return { ok: false, detail };
}

/** What is wrong with one field: `field` is a dotted path from the body's root, `detail` says what to write instead. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}
