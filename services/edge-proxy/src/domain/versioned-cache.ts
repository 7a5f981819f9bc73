import { ownString } from '@ringdown/sip-message';

/** What an owning service answered, with the version that orders it among answers and events about the same key. */
export interface Versioned {
  readonly version: number;
}

/** `fresh` may be used; `stale` must be revalidated first and serves only when its owner can't be reached. */
export type CacheAnswer<V> = { readonly kind: 'fresh' | 'stale'; readonly value: V } | undefined;

export interface VersionedCacheOptions {
  /** The most entries kept; the least recently used one goes first. */
  readonly capacity: number;
  /** How long the publisher may be silent before entries need revalidation. */
  readonly silenceMs: number;
}

interface Entry<V> {
  /** A string of its own: those that lookups come with are parts of messages, which they would keep alive. */
  readonly key: string;
  /** When it was put at the end of the map, in such moves. */
  movedAt: number;
  value: V;
  validatedAt: number;
  distrusted: boolean;
}

/**
 * A bounded cache that is filled by lookups and kept true by change events. Older never replaces newer, also when an event overtakes a
 * lookup under way. Time comes in as an argument, in milliseconds of any monotonic clock.
 */
export class VersionedCache<V extends Versioned> {
  private readonly entries = new Map<string, Entry<V>>();
  /** The newest version that an event named while a lookup for the key was under way. */
  private readonly loading = new Map<string, number>();
  private moves = 0;
  /** Who was put at the end so lately is nowhere near the beginning, where the next one to go is. */
  private readonly movesLeftAlone: number;
  private heardAt = Number.NEGATIVE_INFINITY;
  private distrustBefore = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: VersionedCacheOptions) {
    this.movesLeftAlone = Math.floor(options.capacity / 4);
  }

  get size(): number {
    return this.entries.size;
  }

  get(now: number, key: string): CacheAnswer<V> {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (this.moves - entry.movedAt > this.movesLeftAlone) this.toEnd(entry);
    const silent = now - this.heardAt > this.options.silenceMs;
    const trusted =
      !entry.distrusted &&
      entry.validatedAt >= this.distrustBefore &&
      !(silent && now - entry.validatedAt > this.options.silenceMs);
    return { kind: trusted ? 'fresh' : 'stale', value: entry.value };
  }

  /** Call before asking the owner, so that an event which overtakes the answer is noticed. */
  loadStarted(key: string): void {
    if (!this.loading.has(key)) this.loading.set(key, Number.NEGATIVE_INFINITY);
  }

  /**
   * Call with the owner's answer; undefined for "there is none". Returns false when an event has meanwhile named a newer version: the answer
   * is not kept, and whoever needs the value asks again.
   */
  loadEnded(now: number, key: string, value: V | undefined): boolean {
    const newest = this.loading.get(key) ?? Number.NEGATIVE_INFINITY;
    this.loading.delete(key);
    if (value === undefined) {
      // "None" is never cached: a phone that registers a moment later must be found.
      this.entries.delete(key);
      return newest === Number.NEGATIVE_INFINITY;
    }
    if (value.version < newest) return false;
    this.put(now, key, value);
    return true;
  }

  /** Call when the owner could not be asked. */
  loadFailed(key: string): void {
    this.loading.delete(key);
  }

  /** A change event that carries the new value, or undefined where the key has no value any more. */
  changed(now: number, key: string, version: number, value: V | undefined): void {
    const newest = this.loading.get(key);
    if (newest !== undefined && newest < version) this.loading.set(key, version);
    const entry = this.entries.get(key);
    if (entry === undefined || entry.value.version >= version) return;
    if (value === undefined) this.entries.delete(key);
    else this.put(now, key, value);
  }

  /** The publisher was heard: its position or an event. */
  heard(now: number): void {
    this.heardAt = now;
  }

  /** Events may have been missed: everything known so far needs revalidation. */
  distrustAll(now: number): void {
    this.distrustBefore = now;
  }

  /** A change of this key is known to be on its way: what is cached is revalidated before it is used again, and so is an answer under way. */
  distrust(key: string): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) entry.distrusted = true;
    if (this.loading.has(key)) this.loading.set(key, Number.POSITIVE_INFINITY);
  }

  /** A change whose keys are not named one by one: those that match are forgotten. */
  forget(matches: (key: string, value: V) => boolean, version: number): void {
    for (const [key, newest] of this.loading) if (newest < version) this.loading.set(key, version);
    for (const [key, entry] of this.entries) if (matches(key, entry.value)) this.entries.delete(key);
  }

  private put(now: number, key: string, value: V): void {
    const existing = this.entries.get(key);
    if (existing !== undefined && existing.value.version > value.version) {
      // Versions go back only where the owner's tables were restored, which everything known was distrusted for; what was asked since is the truth.
      if (existing.validatedAt >= this.distrustBefore || now < this.distrustBefore) return;
    }
    this.toEnd({ key: existing?.key ?? ownString(key), movedAt: 0, value, validatedAt: now, distrusted: false });
    if (this.entries.size > this.options.capacity) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
  }

  /** A Map iterates in the order of insertion: the first one is the least recently used. */
  private toEnd(entry: Entry<V>): void {
    this.entries.delete(entry.key);
    this.entries.set(entry.key, entry);
    entry.movedAt = ++this.moves;
  }
}
