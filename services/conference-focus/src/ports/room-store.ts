import type { Page, PageRequest } from '@ringdown/platform/commands';
import type { HashedPin } from '../domain/hashed-pin.js';
import type { Room, RoomDefinition } from '../domain/room.js';

/** What is written of a room. */
export interface RoomRow {
  readonly definition: RoomDefinition;
  readonly pin: HashedPin | undefined;
  readonly moderatorPin: HashedPin | undefined;
}

/** What became of a write: the room, and what was there before. */
export interface WrittenRoom {
  readonly room: Room;
  readonly effect: 'created' | 'updated' | 'unchanged';
}

/** The rooms that operators have made. Every method rejects with `unavailable` when the database can't be reached. */
export interface RoomStore {
  room(tenantId: string, name: string): Promise<Room | undefined>;
  /** In the order of names. */
  rooms(tenantId: string, page: PageRequest): Promise<Page<Room>>;
  /** Writes what `row` makes of the room that is there, which nobody else changes in between; undefined leaves everything as it is. */
  write(
    tenantId: string,
    name: string,
    row: (current: Room | undefined) => RoomRow | undefined,
  ): Promise<WrittenRoom | undefined>;
  /** Whether there was one. */
  remove(tenantId: string, name: string): Promise<boolean>;
  /** Removes what belongs to a tenant that is gone. */
  removeTenant(tenantId: string): Promise<void>;
}
