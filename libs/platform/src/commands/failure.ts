import type { FieldError } from './parsed.js';

/** Why a command was not carried out. Nothing was written then. */
export type Failure =
  | { readonly kind: 'not-found'; readonly detail: string }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly kind: 'conflict'; readonly errors: readonly FieldError[] };

/** What became of a command. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function notFound(detail: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind: 'not-found', detail } };
}

export function invalid(errors: readonly FieldError[]): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind: 'invalid', errors } };
}

export function conflict(field: string, detail: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind: 'conflict', errors: [{ field, detail }] } };
}
