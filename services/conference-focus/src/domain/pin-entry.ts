// Longer than any PIN: more keys than these make a wrong PIN, not a longer one.
const MOST_DIGITS = 16;

/** What one who is asked for a PIN has typed so far. */
export type PinEntry = string;

/** One key more. `#` ends the input, `*` begins it anew; an empty input isn't one. */
export function pinKey(entry: PinEntry, key: string): { readonly entry: PinEntry; readonly entered?: string } {
  if (key === '*') return { entry: '' };
  if (key === '#') return entry === '' ? { entry } : { entry: '', entered: entry };
  if (!/^[0-9]$/.test(key)) return { entry };
  return { entry: entry.length < MOST_DIGITS ? entry + key : entry };
}
