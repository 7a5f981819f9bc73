import { FreshAnswers } from '@ringdown/platform';
import { type Room, settingsOf } from '../domain/room.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { ConferenceTenant, RoomDirectory } from '../ports/room-directory.js';
import type { RoomStore } from '../ports/room-store.js';
import type { Tenants } from '../ports/tenants.js';
import type { UsageStore } from '../ports/usage-store.js';

export interface StoredRoomDirectoryOptions {
  readonly rooms: Pick<RoomStore, 'room'>;
  readonly usage: Pick<UsageStore, 'memberMinutesThisMonth'>;
  readonly tenants: Pick<Tenants, 'tenant'>;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** What a change of a room may take to be seen; of two phones that dial in together the second needn't ask. */
const FRESH_MS = 1_000;

/** The rooms that operators have made, as conferences ask for them. */
export class StoredRoomDirectory implements RoomDirectory {
  readonly #options: StoredRoomDirectoryOptions;
  readonly #rooms: FreshAnswers<Room | undefined>;
  readonly #minutes: FreshAnswers<number>;

  constructor(options: StoredRoomDirectoryOptions) {
    this.#options = options;
    const memory = { now: options.now, freshMs: FRESH_MS, staleMs: FRESH_MS, capacity: 10_000 };
    this.#rooms = new FreshAnswers({
      ...memory,
      ask: (key) => {
        // No tenant's name and no room's has a slash in it.
        const slash = key.indexOf('/');
        return options.rooms.room(key.slice(0, slash), key.slice(slash + 1));
      },
    });
    this.#minutes = new FreshAnswers({
      ...memory,
      ask: (tenantId) => options.usage.memberMinutesThisMonth(tenantId),
    });
  }

  async room(tenantId: string, name: string): Promise<RoomSettings | undefined> {
    const [room, tenant] = await Promise.all([this.#rooms.get(`${tenantId}/${name}`), this.tenant(tenantId)]);
    return room === undefined || tenant === undefined ? undefined : settingsOf(room, tenant.canonicalDomain);
  }

  tenant(tenantId: string): Promise<ConferenceTenant | undefined> {
    return this.#options.tenants.tenant(tenantId);
  }

  memberMinutesThisMonth(tenantId: string): Promise<number> {
    return this.#minutes.get(tenantId);
  }
}
