import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

declare const e164: unique symbol;

/** An international public telecommunication number as "+" and digits, such as +493012345. */
export type E164 = string & { readonly [e164]: true };

// ITU-T E.164 §6.2: at most 15 digits, and no country code begins with 0.
const E164_NUMBER = /^\+[1-9][0-9]{1,14}$/;
const PREFIX = /^\+(?:[1-9][0-9]{0,14})?$/;

// RFC 3966 §5.1.1: visual separators have no meaning and are removed before numbers are compared.
const VISUAL_SEPARATORS = /[-.() ]/g;

/** Reads a global number; visual separators are allowed and removed, a tel: scheme too. */
export function parseE164(text: string): Parsed<E164> {
  const digits = withoutSeparators(text);
  if (E164_NUMBER.test(digits)) return parsed(digits as E164);
  return rejected(
    'must be a number in E.164 form: a plus sign, the country code and at most 15 digits in all, such as +493012345',
  );
}

/** Reads the beginning of numbers: a plus sign and up to 15 digits; "+" alone stands for all of them. */
export function parseNumberPrefix(text: string): Parsed<string> {
  const digits = withoutSeparators(text);
  if (PREFIX.test(digits)) return parsed(digits);
  return rejected('must be a plus sign and the first digits of numbers in E.164 form, such as +4930');
}

function withoutSeparators(text: string): string {
  const subscriberNumber = /^tel:/i.test(text) ? text.slice(4) : text;
  return subscriberNumber.replace(VISUAL_SEPARATORS, '');
}
