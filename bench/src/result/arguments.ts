import { InvalidArgumentError } from 'commander';

/** An option's number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** An option's whole number, 0 or more. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** An option's list of names out of those that there are. */
export function names(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const chosen = text.split(',').map((name) => name.trim());
    const unknown = chosen.find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw new InvalidArgumentError(`There is no "${unknown}"; there are: ${known.join(', ')}.`);
    return chosen;
  };
}

/** An option's list of whole numbers above 0; an empty text is an empty list. */
export function wholeNumbers(text: string): readonly number[] {
  return text.trim() === '' ? [] : text.split(',').map(positive);
}
