import { randomUUID } from 'node:crypto';
import { conferenceEvents, type events } from '@ringdown/contracts';
import type { Bus } from '@ringdown/platform';
import type { Roster } from '../../domain/roster.js';
import type { ConferenceEvent, ConferenceEvents, JoinRefused } from '../../ports/conference-events.js';
import type { Timers } from '../../ports/timers.js';
import type { Conference, Conferences } from '../../use-cases/conferences.js';
import { rosterUpdate } from '../grpc/roster-messages.js';
import { eventMessage } from './event-messages.js';

export interface BusConferenceEventsOptions {
  readonly bus: Bus;
  readonly focusId: string;
  /** Of this pod; asked for when they are needed, since they are made of these events. */
  readonly conferences: () => Pick<Conferences, 'find'>;
  readonly timers: Timers;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long changes of a roster are gathered. */
const GATHER_MS = 100;

/** A conference whose roster is told. */
interface Followed {
  readonly one: Conference;
  /** What was told last. */
  told: Roster | undefined;
  cancel: (() => void) | undefined;
  readonly stopListening: () => void;
}

/**
 * Publishes what happens in conferences as `ringdown.v1.<tenant>.conferences.…`, and their rosters: the whole of one when the conference
 * begins, then what has changed, ten times a second at the most. At most once: a bus that is away loses them.
 */
export class BusConferenceEvents implements ConferenceEvents {
  readonly #options: BusConferenceEventsOptions;
  /** By the conference's id. */
  readonly #followed = new Map<string, Followed>();

  constructor(options: BusConferenceEventsOptions) {
    this.#options = options;
  }

  happened(event: ConferenceEvent): void {
    if (event.type === 'started') this.#follow(event);
    const followed = event.type === 'ended' ? this.#followed.get(event.conferenceId) : undefined;
    if (followed !== undefined) this.#unfollow(followed);
    this.#publish(event, eventMessage(event));
  }

  refused({ tenantId, room, uri, statusCode, why }: JoinRefused): void {
    const place = { tenantId, room, conferenceId: '', atMs: this.#options.now() };
    this.#publish(place, { $case: 'refused', value: { uri, statusCode, why } });
  }

  /** Tells nothing more of rosters. */
  close(): void {
    for (const followed of this.#followed.values()) {
      followed.cancel?.();
      followed.stopListening();
    }
    this.#followed.clear();
  }

  #follow({ tenantId, room, conferenceId }: ConferenceEvent): void {
    const one = this.#options.conferences().find(tenantId, room);
    if (one === undefined || this.#followed.has(conferenceId)) return;
    const followed: Followed = {
      one,
      told: undefined,
      cancel: undefined,
      stopListening: one.changed(() => this.#tellLater(followed)),
    };
    this.#followed.set(conferenceId, followed);
    this.#tellLater(followed);
  }

  #unfollow(followed: Followed): void {
    followed.cancel?.();
    followed.stopListening();
    this.#followed.delete(followed.one.id);
    this.#tell(followed);
  }

  #tellLater(followed: Followed): void {
    followed.cancel ??= this.#options.timers.after(GATHER_MS, () => this.#tell(followed));
  }

  #tell(followed: Followed): void {
    followed.cancel = undefined;
    const { one, told } = followed;
    const roster = one.roster();
    if (roster === told) return;
    followed.told = roster;
    const place = { tenantId: one.tenantId, room: one.room, conferenceId: one.id, atMs: this.#options.now() };
    this.#publish(place, { $case: 'roster', value: rosterUpdate(one, this.#options.focusId, told, roster) });
  }

  #publish(
    { tenantId, room, conferenceId, atMs }: Pick<ConferenceEvent, 'tenantId' | 'room' | 'conferenceId' | 'atMs'>,
    event: NonNullable<events.ConferenceEvent['event']>,
  ): void {
    const { bus, focusId } = this.#options;
    const message: events.ConferenceEvent = {
      eventId: randomUUID(),
      atMs,
      tenantId,
      room,
      conferenceId,
      focusId,
      event,
    };
    bus.publish(conferenceEvents.subject(message), conferenceEvents.encode(message));
  }
}
