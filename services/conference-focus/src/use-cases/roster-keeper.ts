import { endpointOf, type MemberState, type Surroundings } from '../domain/member-state.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { Roster, RosterChange } from '../domain/roster.js';
import { ended, type RosterState, withEndpoint, withoutEndpoint, withState } from '../domain/roster-steps.js';

/** The roster of one conference, and who wants to know of its changes. */
export class RosterKeeper {
  #roster: Roster;
  readonly #listeners = new Set<(change: RosterChange) => void>();

  constructor(
    settings: Pick<RoomSettings, 'uri' | 'displayName' | 'subject'>,
    state: Pick<RosterState, 'locked' | 'maximumUserCount'>,
  ) {
    const { uri, displayName, subject } = settings;
    const empty = { version: 0, userCount: 0, active: false, recording: false, users: [] };
    this.#roster = { ...empty, ...state, entity: uri, displayName, subject };
  }

  get roster(): Roster {
    return this.#roster;
  }

  /** Calls `listener` after each change until the returned function is called. */
  changed(listener: (change: RosterChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  member(state: MemberState, around: Surroundings): void {
    this.#become(withEndpoint(this.#roster, state.uri, endpointOf(state, around)));
  }

  forget(state: MemberState): void {
    this.#become(withoutEndpoint(this.#roster, state.uri, state.id));
  }

  state(changes: Partial<RosterState>): void {
    this.#become(withState(this.#roster, changes));
  }

  /** The last change: nobody is in any more. */
  end(): void {
    this.#become(ended(this.#roster));
    this.#listeners.clear();
  }

  #become(roster: Roster): void {
    const previous = this.#roster;
    if (roster === previous) return;
    this.#roster = roster;
    for (const listener of this.#listeners) listener({ previous, roster });
  }
}
