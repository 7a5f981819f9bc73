import { z } from 'zod';
import type { Misfit } from '../sip-listener.js';

/** What a setting's documentation and its error messages say beside its description. */
export interface SettingNote {
  readonly description: string;
  readonly expected: string;
  /** What holds when the variable is absent, for a reader. */
  readonly fallback: string;
  /** A secret's value appears in no message and no log. */
  readonly secret: boolean;
}

/** What a setting says of itself; a fallback only where the default's own text isn't what a reader needs. */
export type Note = Omit<SettingNote, 'secret' | 'fallback'> & { readonly secret?: true; readonly fallback?: string };

/** A setting that may be absent. `parse` gives undefined, or what exactly is wrong, for a text that isn't what is expected. */
export function setting<Value>(note: Note, parse: (text: string) => Value | Misfit | undefined) {
  return z
    .string()
    .transform((text, context): Value => {
      const value = parse(text);
      const why = isMisfit(value) ? ` (${value.misfit})` : '';
      if (value !== undefined && why === '') return value as Value;
      context.addIssue({ code: 'custom', message: `${note.expected}${why}` });
      return z.NEVER;
    })
    .optional()
    .meta({ secret: false, fallback: 'none', ...note });
}

/** A setting with a default, which is parsed like what is given. */
export function settingOr<Value>(fallback: string, note: Note, parse: (text: string) => Value | undefined) {
  const value = parse(fallback);
  if (value === undefined) throw new Error(`The default ${fallback} is not ${note.expected}`);
  const { expected, description } = note;
  return setting(note, parse)
    .transform((given): Value => given ?? value)
    .meta({ expected, description, secret: note.secret ?? false, fallback: note.fallback ?? `\`${fallback}\`` });
}

function isMisfit(value: unknown): value is Misfit {
  return typeof value === 'object' && value !== null && 'misfit' in value;
}
