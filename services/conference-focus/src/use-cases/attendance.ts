import { controlsOf, type MemberState, type Surroundings } from '../domain/member-state.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { DisconnectionMethod } from '../domain/roster.js';
import type { MediaRoom } from '../ports/mixer.js';
import type { Member } from './member.js';
import type { RosterKeeper } from './roster-keeper.js';
import type { Waits } from './waits.js';

/** How long somebody who has left is still shown, so that subscribers who are told once a second learn why. */
export const LINGER_MS = 3_000;

export interface AttendanceOptions {
  readonly settings: RoomSettings;
  readonly mixed: MediaRoom;
  readonly keeper: RosterKeeper;
  readonly waits: Waits;
}

/** Who is in a conference or on the way in; what follows from it for the roster and for what each one hears. */
export class Attendance {
  readonly members = new Map<string, Member>();
  readonly #options: AttendanceOptions;
  #inside = 0;
  #mostInside = 0;
  #moderatorHasCome = false;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /** Members that are in. */
  get inside(): number {
    return this.#inside;
  }

  get mostInside(): number {
    return this.#mostInside;
  }

  hasModerator(): boolean {
    for (const member of this.members.values()) if (member.isIn && member.isModerator) return true;
    return false;
  }

  /** How long all who are in have been so, added up. */
  memberMs(nowMs: number): number {
    let sum = 0;
    for (const { isIn, state } of this.members.values()) if (isIn) sum += nowMs - (state.joinedAtMs ?? nowMs);
    return sum;
  }

  /** Changes a member, and tells the mixer and the roster what that means. */
  change(member: Member, changes: Partial<MemberState>): void {
    member.state = { ...member.state, ...changes };
    this.#refresh(member);
  }

  enter(member: Member, changes: Partial<MemberState>): void {
    this.#inside += 1;
    this.#mostInside = Math.max(this.#mostInside, this.#inside);
    member.isListed = true;
    this.change(member, { ...changes, phase: 'in' });
    // The one who was alone isn't any more.
    if (this.#inside === 2) this.#refreshAll();
    this.moderatorMayHaveCome();
  }

  /** Ends the wait for a moderator where one is in. */
  moderatorMayHaveCome(): void {
    if (this.#moderatorHasCome || !this.hasModerator()) return;
    this.#moderatorHasCome = true;
    if (this.#options.settings.waitForModerator) this.#refreshAll();
  }

  /** Takes a member out; it is shown as disconnected for a while, and forgotten then. */
  takeOut(member: Member, how: DisconnectionMethod, reason: string): void {
    const { keeper, waits } = this.#options;
    const wasIn = member.isIn;
    member.question?.close();
    this.members.delete(member.id);
    member.state = { ...member.state, phase: 'gone', gone: { how, reason } };
    if (member.isListed) {
      keeper.member(member.state, this.#around(member));
      waits.after(LINGER_MS, () => keeper.forget(member.state));
    }
    if (!wasIn) return;
    this.#inside -= 1;
    if (this.#inside === 1) this.#refreshAll();
  }

  #around(member: Member): Surroundings {
    const { settings } = this.#options;
    return {
      waitsForModerator: settings.waitForModerator && !this.#moderatorHasCome,
      isAlone: member.isIn && this.#inside === 1,
      holdMusic: settings.holdMusic,
    };
  }

  #refreshAll(): void {
    for (const member of this.members.values()) this.#refresh(member);
  }

  #refresh(member: Member): void {
    const { mixed, keeper } = this.#options;
    const around = this.#around(member);
    const controls = controlsOf(member.state, around);
    const told = member.controls;
    const isNew =
      told === undefined ||
      told.muted !== controls.muted ||
      told.deaf !== controls.deaf ||
      told.gainDb !== controls.gainDb ||
      told.waiting !== controls.waiting;
    if (isNew) {
      member.controls = controls;
      mixed.control(member.id, controls);
    }
    if (member.isListed) keeper.member(member.state, around);
  }
}
