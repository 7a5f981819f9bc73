import type { FieldError, Parsed } from '@ringdown/platform/commands';
import { parsed, rejected } from '@ringdown/platform/commands';
import type { HashedPin } from './hashed-pin.js';
import { FACTORY_NAME, isAdHoc, isRoomName } from './room-name.js';
import { DEFAULT_SETTINGS, type RoomSettings } from './room-settings.js';

/** What an operator decides about a room, but for its PINs. */
export type RoomDefinition = Omit<RoomSettings, 'name' | 'uri' | 'pin' | 'moderatorPin'>;

/** A room as it is kept. */
export interface Room {
  readonly tenantId: string;
  readonly name: string;
  readonly definition: RoomDefinition;
  readonly pin: HashedPin | undefined;
  readonly moderatorPin: HashedPin | undefined;
  /** Greater with each change, and never used twice. */
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

const { pin: _noPin, moderatorPin: _noModeratorPin, ...definition } = DEFAULT_SETTINGS;

/** A room of which nothing is said. */
export const DEFAULT_DEFINITION: RoomDefinition = definition;

export const ROOM_BOUNDS = { maxMembers: 10_000, maxDurationSec: 604_800, moderators: 100, label: 128 } as const;

/** Reads the name of a room that an operator makes: names of rooms that the factory makes are its own. */
export function parseRoomName(text: string): Parsed<string> {
  if (text === FACTORY_NAME) return rejected(`is ${FACTORY_NAME}, which makes rooms and can't be one`);
  if (text === 'rooms') return rejected('is the word under which rooms are listed; choose another');
  if (!isRoomName(text)) return rejected('must be 1 to 64 lower-case letters, digits, dots, underscores and hyphens');
  if (isAdHoc(text)) return rejected('is of the form that the conference factory gives to its rooms; choose another');
  return parsed(text);
}

/** Reads a PIN: digits that can be pressed. */
export function parsePin(text: string): Parsed<string> {
  return /^[0-9]{4,10}$/.test(text) ? parsed(text) : rejected('must be 4 to 10 digits');
}

const ADDRESS = /^sips?:([^@:;?\s<>"]{1,128})@([^@:;?\s<>"[\]]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])$/i;

/** An address of record as `[user, host]`. */
export function parseAddressOfRecord(text: string): Parsed<readonly [user: string, host: string]> {
  const match = ADDRESS.exec(text);
  if (match === null) return rejected('must be an address of record such as sip:alice@acme.example');
  return parsed([match[1]!, match[2]!.toLowerCase()]);
}

/** The rules of a definition's fields. Empty when it is sound. */
export function roomErrors(room: RoomDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (field: string, detail: string): void => void errors.push({ field, detail });
  for (const field of ['displayName', 'subject'] as const) {
    const text = room[field] ?? '';
    if (text.length > ROOM_BOUNDS.label) wrong(field, `must be at most ${ROOM_BOUNDS.label} characters long`);
    if (/\p{Cc}/u.test(text)) wrong(field, 'must not contain control characters');
  }
  if (room.moderators.length > ROOM_BOUNDS.moderators)
    wrong('moderators', `must be at most ${ROOM_BOUNDS.moderators} addresses of record`);
  room.moderators.forEach((address, index) => {
    const result = parseAddressOfRecord(address);
    if (!result.ok) wrong(`moderators.${index}`, result.detail);
  });
  for (const field of ['maxMembers', 'maxDurationSec'] as const) {
    const value = room[field];
    if (!Number.isInteger(value) || value < 0 || value > ROOM_BOUNDS[field])
      wrong(field, `must be a whole number from 0 to ${ROOM_BOUNDS[field]}`);
  }
  return errors;
}

/** What a conference in the room goes by. */
export function settingsOf(room: Room, canonicalDomain: string): RoomSettings {
  const { name, definition, pin, moderatorPin } = room;
  return { ...definition, name, uri: `sip:${name}@${canonicalDomain}`, pin, moderatorPin };
}
