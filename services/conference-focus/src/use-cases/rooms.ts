import {
  conflict,
  done,
  type FieldError,
  invalid,
  notFound,
  type Outcome,
  type Put,
} from '@ringdown/platform/commands';
import { HashedPin } from '../domain/hashed-pin.js';
import { parsePin, type Room, type RoomDefinition, roomErrors } from '../domain/room.js';
import type { RoomRow, RoomStore } from '../ports/room-store.js';
import type { Tenants } from '../ports/tenants.js';
import { canonicalAddresses } from './canonical-addresses.js';

/** A room as an operator writes it. */
export interface RoomRequest {
  readonly definition: RoomDefinition;
  /** Digits; null for none; undefined leaves what is there. */
  readonly pin: string | null | undefined;
  readonly moderatorPin: string | null | undefined;
}

export interface RoomsDependencies {
  readonly store: RoomStore;
  readonly tenants: Tenants;
  /** So many bytes that nobody can guess. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Creates or replaces a room of a tenant. `name` has been read by `parseRoomName`. */
export async function putRoom(
  { store, tenants, randomBytes }: RoomsDependencies,
  tenantId: string,
  name: string,
  request: RoomRequest,
): Promise<Outcome<Put<Room>>> {
  const errors = [...roomErrors(request.definition), ...pinErrors(request)];
  if (errors.length > 0) return invalid(errors);
  if ((await tenants.tenant(tenantId)) === undefined) return notFound(`there is no tenant ${tenantId}`);
  if (await tenants.hasSubscriber(tenantId, name))
    return conflict(
      'name',
      `${name} is a subscriber of the tenant, whom calls to this address reach; choose another name`,
    );
  const moderators = await canonicalAddresses(tenants, request.definition.moderators);
  const definition: RoomDefinition = { ...request.definition, moderators };
  const hashed = (digits: string): HashedPin => HashedPin.of(digits, randomBytes(16));
  const written = await store.write(tenantId, name, (current) => {
    const row: RoomRow = {
      definition,
      pin: pinAfter(current?.pin, request.pin, hashed),
      moderatorPin: pinAfter(current?.moderatorPin, request.moderatorPin, hashed),
    };
    return pinsAreAlike(row, request) ? undefined : row;
  });
  if (written === undefined) return invalid([{ field: 'moderatorPin', detail: 'must differ from pin' }]);
  return done({ entity: written.room, effect: written.effect });
}

/** Removes a room. */
export async function deleteRoom(
  { store }: Pick<RoomsDependencies, 'store'>,
  tenantId: string,
  name: string,
): Promise<Outcome<undefined>> {
  return (await store.remove(tenantId, name)) ? done(undefined) : notFound(noRoom(tenantId, name));
}

/** The sentence for a room that isn't there. */
export function noRoom(tenantId: string, name: string): string {
  return `there is no room ${name} of tenant ${tenantId}`;
}

function pinErrors(request: RoomRequest): FieldError[] {
  return (['pin', 'moderatorPin'] as const).flatMap((field) => {
    const text = request[field];
    const result = text === null || text === undefined ? undefined : parsePin(text);
    return result === undefined || result.ok ? [] : [{ field, detail: result.detail }];
  });
}

/** A PIN that is given again stays as it is kept, so that a repeated PUT changes nothing. */
function pinAfter(
  kept: HashedPin | undefined,
  digits: string | null | undefined,
  hashed: (digits: string) => HashedPin,
): HashedPin | undefined {
  if (digits === undefined) return kept;
  if (digits === null) return undefined;
  return kept?.matches(digits) === true ? kept : hashed(digits);
}

/** Of two PINs of which one is only known as a hash, the other has been given in this request, or neither has changed. */
function pinsAreAlike({ pin, moderatorPin }: RoomRow, request: RoomRequest): boolean {
  if (pin === undefined || moderatorPin === undefined) return false;
  if (typeof request.pin === 'string') return moderatorPin.matches(request.pin);
  return typeof request.moderatorPin === 'string' && pin.matches(request.moderatorPin);
}
