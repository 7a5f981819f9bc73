import { DEFAULT_SETTINGS, type Pin, type RoomSettings } from '../domain/room-settings.js';
import { type ConferenceLimits, NO_LIMITS } from '../domain/tenant-limits.js';
import type { ClaimOutcome, Homes } from '../ports/homes.js';
import type { ConferenceTenant, RoomDirectory } from '../ports/room-directory.js';

/** A PIN in clear. */
export function pin(digits: string): Pin {
  return { matches: (entered) => entered === digits };
}

/** Settings of the room `sales` of tenant `acme`, with what a test changes. */
export function settings(changes: Partial<RoomSettings> = {}): RoomSettings {
  return { ...DEFAULT_SETTINGS, name: 'sales', uri: 'sip:sales@acme.test', ...changes };
}

/** Rooms in memory; one tenant, `acme` at `acme.test`. */
export class FakeRooms implements RoomDirectory {
  readonly rooms = new Map<string, RoomSettings>();
  limits: ConferenceLimits = NO_LIMITS;
  minutes = 0;
  isAway = false;

  put(changes: Partial<RoomSettings> = {}): void {
    const made = settings(changes);
    this.rooms.set(made.name, { ...made, uri: `sip:${made.name}@acme.test` });
  }

  async room(tenantId: string, name: string): Promise<RoomSettings | undefined> {
    this.#mayFail();
    return tenantId === 'acme' ? this.rooms.get(name) : undefined;
  }

  async tenant(tenantId: string): Promise<ConferenceTenant | undefined> {
    this.#mayFail();
    return tenantId === 'acme' ? { limits: this.limits, canonicalDomain: 'acme.test' } : undefined;
  }

  async memberMinutesThisMonth(): Promise<number> {
    this.#mayFail();
    return this.minutes;
  }

  #mayFail(): void {
    if (this.isAway) throw new Error('the directory is away');
  }
}

/** Homes of one pod alone. */
export class FakeHomes implements Homes {
  readonly claimed = new Set<string>();
  /** What the next claims are answered with instead of `ours`. */
  answer: ClaimOutcome = { kind: 'ours' };
  readonly #listeners = new Set<(tenantId: string, room: string) => void>();

  async claim(tenantId: string, room: string): Promise<ClaimOutcome> {
    if (this.answer.kind === 'ours') this.claimed.add(`${tenantId}/${room}`);
    return this.answer;
  }

  release(tenantId: string, room: string): void {
    this.claimed.delete(`${tenantId}/${room}`);
  }

  onTaken(listener: (tenantId: string, room: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Another pod has taken it. */
  take(tenantId: string, room: string): void {
    for (const listener of this.#listeners) listener(tenantId, room);
  }
}
