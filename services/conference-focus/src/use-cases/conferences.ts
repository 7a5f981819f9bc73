import { type Refusal, refusal } from '../domain/refusal.js';
import { adHocRoomName, isAdHoc, isRoomName, randomName } from '../domain/room-name.js';
import { DEFAULT_SETTINGS, type RoomSettings } from '../domain/room-settings.js';
import type { ConferenceLimits } from '../domain/tenant-limits.js';
import type { EndReason } from '../ports/conference-events.js';
import { CallerGuards } from './caller-guard.js';
import type { Conference, Conferences, JoinOutcome, JoinRequest } from './conference.js';
import type { ConferencesOptions } from './conferences-options.js';
import { OpenConference } from './open-conference.js';

export type { Conference, ConferenceMember, Conferences, JoinOutcome, JoinRequest } from './conference.js';
export type { ConferencesOptions } from './conferences-options.js';

/** How long a conference that was opened for nobody yet waits for its first member. */
const EMPTY_FOR_MS = 60_000;
// A conference may end between being found and being joined; more often than that it doesn't happen.
const ATTEMPTS = 3;

/** The conferences of this pod. */
export class PodConferences implements Conferences {
  readonly #options: ConferencesOptions;
  readonly #open = new Map<string, OpenConference>();
  readonly #opening = new Map<string, Promise<OpenConference | Refusal>>();
  readonly #closing = new Set<Promise<void>>();
  readonly #guards: CallerGuards;
  #isDraining = false;

  constructor(options: ConferencesOptions) {
    this.#options = options;
    this.#guards = new CallerGuards(options.now);
    options.homes.onTaken((tenantId, room) => this.#open.get(keyOf(tenantId, room))?.end('home-lost'));
  }

  find(tenantId: string, room: string): Conference | undefined {
    return this.#open.get(keyOf(tenantId, room));
  }

  all(): Iterable<Conference> {
    return this.#open.values();
  }

  adHocRoomName(): string {
    return adHocRoomName(this.#options.randomInt);
  }

  async join(request: JoinRequest): Promise<JoinOutcome> {
    const outcome = await this.#join(request);
    if (outcome.kind === 'refused') {
      const { tenantId, room, uri } = request;
      const { statusCode, why } = outcome;
      this.#options.events.refused({ tenantId, room, uri, statusCode, why });
    }
    return outcome;
  }

  /** Opens a room before anybody is in, for the focus to call its members; it ends if nobody comes within a minute. Never rejects. */
  async open(tenantId: string, room: string): Promise<Conference | Refusal> {
    const conference = await this.#conference(tenantId, room, false);
    if ('kind' in conference) return conference;
    conference.waits.after(EMPTY_FOR_MS, () => conference.endIfEmpty());
    return conference;
  }

  drain(): void {
    this.#isDraining = true;
  }

  async endAll(why: Extract<EndReason, 'drained' | 'home-lost' | 'ended'>): Promise<void> {
    this.#isDraining = true;
    for (const conference of this.#open.values()) conference.end(why);
    await Promise.all(this.#closing);
  }

  async #join(request: JoinRequest): Promise<JoinOutcome> {
    const { tenantId, room } = request;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const conference = await this.#conference(tenantId, room, request.how === 'focus-owner');
      if ('kind' in conference) return conference;
      const outcome = (await this.#overMinutes(conference)) ?? (await conference.admit(request));
      if (outcome !== 'over' && outcome.kind === 'refused') conference.endIfEmpty();
      if (outcome !== 'over') return outcome;
    }
    return refusal('unavailable');
  }

  #conference(tenantId: string, room: string, isOwner: boolean): Promise<OpenConference | Refusal> | OpenConference {
    const key = keyOf(tenantId, room);
    const known = this.#open.get(key) ?? this.#opening.get(key);
    if (known !== undefined) return known;
    const opening = this.#openNew(tenantId, room, isOwner).finally(() => this.#opening.delete(key));
    this.#opening.set(key, opening);
    return opening;
  }

  async #openNew(tenantId: string, room: string, isOwner: boolean): Promise<OpenConference | Refusal> {
    const { rooms, homes, randomInt } = this.#options;
    if (this.#isDraining) return refusal('draining');
    if (!isRoomName(room)) return refusal('no-room');
    let limits: ConferenceLimits;
    let settings: RoomSettings | undefined;
    try {
      const tenant = await rooms.tenant(tenantId);
      if (tenant === undefined) return refusal('no-room');
      limits = tenant.limits;
      settings = isAdHoc(room)
        ? isOwner
          ? { ...DEFAULT_SETTINGS, name: room, uri: `sip:${room}@${tenant.canonicalDomain}` }
          : undefined
        : await rooms.room(tenantId, room);
    } catch {
      return refusal('unavailable');
    }
    if (settings === undefined) return refusal('no-room');
    const claim = await homes.claim(tenantId, room);
    if (claim.kind !== 'ours') return refusal(claim.kind === 'limit' ? 'too-many-conferences' : claim.kind);
    try {
      const conference = new OpenConference({
        id: randomName(16, randomInt),
        tenantId,
        settings,
        limits,
        shared: this.#options,
        guards: this.#guards,
        newMemberId: () => randomName(10, randomInt),
        onEnd: (ended) => this.#ended(ended),
      });
      this.#open.set(keyOf(tenantId, room), conference);
      return conference;
    } catch {
      homes.release(tenantId, room);
      return refusal('no-media');
    }
  }

  #ended(conference: OpenConference): void {
    const { tenantId, room } = conference;
    this.#open.delete(keyOf(tenantId, room));
    this.#options.homes.release(tenantId, room);
    // What it closes is known once it has ended, which is being told here.
    const closing = Promise.resolve()
      .then(() => conference.closed)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  // The members of this pod are counted to this moment, as the month's count has only those who have left.
  async #overMinutes({ tenantId, options, attendance }: OpenConference): Promise<Refusal | undefined> {
    const limit = options.limits.maxConferenceMinutesPerMonth;
    if (limit === 0) return undefined;
    const { rooms, now } = this.#options;
    try {
      let minutes = await rooms.memberMinutesThisMonth(tenantId);
      for (const conference of this.#open.values()) {
        if (conference.tenantId === tenantId) minutes += conference.attendance.memberMs(now()) / 60_000;
      }
      return minutes >= limit ? refusal('minutes-used-up') : undefined;
    } catch {
      // A conference under way needn't suffer from a count that can't be had.
      return attendance.inside > 0 ? undefined : refusal('unavailable');
    }
  }
}

function keyOf(tenantId: string, room: string): string {
  return `${tenantId}/${room}`;
}
