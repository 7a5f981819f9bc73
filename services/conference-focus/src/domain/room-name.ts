/** The user part of the URI that makes a room of its own for each call (RFC 4579 §5.4). */
export const FACTORY_NAME = 'conference-factory';

const AD_HOC = /^adhoc-[a-z0-9]{12}$/;
const ROOM_NAME = /^[a-z0-9._-]{1,64}$/;
const LETTERS_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Whether `text` may be a room's name: 1 to 64 lower-case letters, digits, dots, underscores and hyphens, and not the factory's. */
export function isRoomName(text: string): boolean {
  return ROOM_NAME.test(text) && text !== FACTORY_NAME;
}

/** Whether the room was made by the factory: it has no settings of its own and ends with its last member. */
export function isAdHoc(name: string): boolean {
  return AD_HOC.test(name);
}

/** Letters and digits by chance. `randomInt` gives a whole number below its argument. */
export function randomName(length: number, randomInt: (below: number) => number): string {
  let name = '';
  for (let i = 0; i < length; i += 1) name += LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]!;
  return name;
}

/** A new name for a room of the factory. */
export function adHocRoomName(randomInt: (below: number) => number): string {
  return `adhoc-${randomName(12, randomInt)}`;
}
