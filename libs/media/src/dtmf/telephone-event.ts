/** The payload of a telephone event (RFC 4733 §2.3) is four bytes. */
export const TELEPHONE_EVENT_LENGTH = 4;

/** Keys by event code (RFC 4733 §3.2): 0 to 9, star, pound, A to D. Flash (16) and tones aren't among them. */
const DIGITS = '0123456789*#ABCD';

/** The key of an event code; undefined for codes that are no key. */
export function digitOfEvent(event: number): string | undefined {
  return DIGITS[event];
}

/** The event code of a key; undefined for what is none. */
export function eventOfDigit(digit: string): number | undefined {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** Writes the payload and returns its length. `volume`: 0 to 63, in dB below the reference. `durationTicks`: at most 65,535. */
export function writeTelephoneEvent(
  out: Uint8Array,
  offset: number,
  event: number,
  isEnd: boolean,
  volume: number,
  durationTicks: number,
): number {
  out[offset] = event;
  out[offset + 1] = (isEnd ? 0x80 : 0) | (volume & 0x3f);
  out[offset + 2] = durationTicks >>> 8;
  out[offset + 3] = durationTicks;
  return TELEPHONE_EVENT_LENGTH;
}
