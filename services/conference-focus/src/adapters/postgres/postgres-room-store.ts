import { isDeepStrictEqual } from 'node:util';
import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { Page, PageRequest } from '@ringdown/platform/commands';
import { HashedPin } from '../../domain/hashed-pin.js';
import { DEFAULT_DEFINITION, type Room, type RoomDefinition } from '../../domain/room.js';
import type { RoomRow, RoomStore, WrittenRoom } from '../../ports/room-store.js';

interface Row {
  readonly tenant_id: string;
  readonly name: string;
  readonly settings: Partial<RoomDefinition>;
  readonly pin: Buffer | null;
  readonly moderator_pin: Buffer | null;
  /** bigint arrives as text. */
  readonly version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = 'tenant_id, name, settings, pin, moderator_pin, version, created_at, updated_at';

/** The rooms in Postgres, table `conference.rooms`. */
export class PostgresRoomStore implements RoomStore {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async room(tenantId: string, name: string): Promise<Room | undefined> {
    const { rows } = await this.#postgres.query<Row>(
      { name: 'room', text: `select ${columns} from conference.rooms where tenant_id = $1 and name = $2` },
      [tenantId, name],
    );
    return rows[0] && roomFrom(rows[0]);
  }

  async rooms(tenantId: string, { limit, after }: PageRequest): Promise<Page<Room>> {
    const { rows } = await this.#postgres.query<Row>(
      `select ${columns} from conference.rooms
       where tenant_id = $1 and ($2::text is null or name > $2 collate "C") order by name limit $3`,
      // One row more tells whether there is a next page.
      [tenantId, after ?? null, limit + 1],
    );
    const items = rows.slice(0, limit).map(roomFrom);
    return { items, next: rows.length > limit ? items.at(-1)!.name : undefined };
  }

  write(
    tenantId: string,
    name: string,
    row: (current: Room | undefined) => RoomRow | undefined,
  ): Promise<WrittenRoom | undefined> {
    return this.#postgres.transaction(async (session) => {
      // Of two that create the same room one waits here for the other, also where there is no row yet that could be locked.
      await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${tenantId}/${name}`]);
      const { rows } = await session.query<Row>(
        `select ${columns} from conference.rooms where tenant_id = $1 and name = $2 for update`,
        [tenantId, name],
      );
      const current = rows[0] && roomFrom(rows[0]);
      const wanted = row(current);
      if (wanted === undefined) return undefined;
      if (current !== undefined && isSame(current, wanted)) return { room: current, effect: 'unchanged' };
      const room = await save(session, tenantId, name, wanted);
      return { room, effect: current === undefined ? 'created' : 'updated' };
    });
  }

  async remove(tenantId: string, name: string): Promise<boolean> {
    const { count } = await this.#postgres.query('delete from conference.rooms where tenant_id = $1 and name = $2', [
      tenantId,
      name,
    ]);
    return count > 0;
  }

  async removeTenant(tenantId: string): Promise<void> {
    await this.#postgres.query('delete from conference.rooms where tenant_id = $1', [tenantId]);
  }
}

async function save(session: PostgresSession, tenantId: string, name: string, row: RoomRow): Promise<Room> {
  const { rows } = await session.query<Row>(
    `insert into conference.rooms (tenant_id, name, settings, pin, moderator_pin, version)
     values ($1, $2, $3, $4, $5, nextval('conference.room_versions'))
     on conflict (tenant_id, name) do update set
       settings = excluded.settings, pin = excluded.pin, moderator_pin = excluded.moderator_pin,
       version = excluded.version, updated_at = now()
     returning ${columns}`,
    [tenantId, name, JSON.stringify(row.definition), row.pin?.bytes ?? null, row.moderatorPin?.bytes ?? null],
  );
  return roomFrom(rows[0]!);
}

function isSame(room: Room, row: RoomRow): boolean {
  const bytes = (pin: HashedPin | undefined): string => Buffer.from(pin?.bytes ?? []).toString('hex');
  return (
    // As JSON keeps it: a field that is undefined is one that isn't there.
    isDeepStrictEqual(room.definition, fromJson(JSON.parse(JSON.stringify(row.definition)))) &&
    bytes(room.pin) === bytes(row.pin) &&
    bytes(room.moderatorPin) === bytes(row.moderatorPin)
  );
}

function roomFrom(row: Row): Room {
  return {
    tenantId: row.tenant_id,
    name: row.name,
    definition: fromJson(row.settings),
    pin: pinFrom(row.pin),
    moderatorPin: pinFrom(row.moderator_pin),
    version: Number(row.version),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function fromJson(settings: Partial<RoomDefinition>): RoomDefinition {
  return { ...DEFAULT_DEFINITION, ...settings };
}

function pinFrom(bytes: Buffer | null): HashedPin | undefined {
  return bytes === null ? undefined : new HashedPin(bytes);
}
