import { z } from 'zod';
import type { Parsed } from '../commands/parsed.js';

/** What the documentation says of a text. */
export interface TextNote {
  readonly description: string;
  readonly example: string;
  readonly format?: string;
}

/** A text that the domain reads: its rule, its canonical form and its sentence of complaint are the domain's. */
export function readText<T>(parse: (text: string) => Parsed<T>, note: TextNote) {
  return z
    .string('must be a text')
    .transform((text, context): T => {
      const result = parse(text);
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.detail });
      return z.NEVER;
    })
    .meta({ ...note });
}

/** A free text for people, without control characters. */
export function label(description: string) {
  return z
    .string('must be a text')
    .max(128, 'must be at most 128 characters long')
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
    .default('')
    .meta({ description });
}

/** A whole number between bounds. */
export function count(minimum: number, maximum: number, description: string) {
  const expected = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int(expected).min(minimum, expected).max(maximum, expected).meta({ description });
}
