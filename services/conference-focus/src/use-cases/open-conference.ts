import type { Actor } from '../domain/actor.js';
import type { ControlCommand, ControlResult } from '../domain/control-command.js';
import { holds, type MemberState } from '../domain/member-state.js';
import { refusal } from '../domain/refusal.js';
import type { RoomSettings } from '../domain/room-settings.js';
import type { DisconnectionMethod, Roster, RosterChange } from '../domain/roster.js';
import { type ConferenceLimits, lowestLimit } from '../domain/tenant-limits.js';
import type { EndReason, Occurrence } from '../ports/conference-events.js';
import type { HangUp } from '../ports/member-leg.js';
import type { MediaRoom, MemberMedia, RoomMediaEvent, Sound } from '../ports/mixer.js';
import { isKnownModerator, mustProve, whyNotIn } from './admission.js';
import { Attendance } from './attendance.js';
import type { CallerGuards } from './caller-guard.js';
import type { JoinOutcome, JoinRequest } from './conference.js';
import type { ConferencesOptions } from './conferences-options.js';
import { carryOut, standingOf } from './controls.js';
import { FAREWELLS } from './farewells.js';
import { Member, type MemberRoom } from './member.js';
import { pressed } from './menu.js';
import { askForPin } from './pin-questions.js';
import { Recording } from './recording.js';
import { RosterKeeper } from './roster-keeper.js';
import { Waits } from './waits.js';

const RECORD_AGAIN_AFTER_MS = 10_000;

export interface OpenConferenceOptions {
  readonly id: string;
  readonly tenantId: string;
  readonly settings: RoomSettings;
  readonly limits: ConferenceLimits;
  readonly shared: ConferencesOptions;
  readonly guards: CallerGuards;
  readonly newMemberId: () => string;
  /** Told at once when it ends, before anything else is. */
  readonly onEnd: (conference: OpenConference) => void;
}

/** A conference, from the first who wants in to its end. */
export class OpenConference implements MemberRoom {
  readonly id: string;
  readonly tenantId: string;
  readonly room: string;
  readonly uri: string;
  readonly media: { readonly srtpRequired: boolean; readonly video: boolean };
  readonly options: OpenConferenceOptions;
  readonly settings: RoomSettings;
  readonly waits: Waits;
  readonly mixed: MediaRoom;
  readonly attendance: Attendance;
  readonly recording: Recording;
  isLocked: boolean;
  /** 0 for no maximum. */
  maximum: number;
  /** Resolves when its ports and files are closed. */
  closed: Promise<void> = Promise.resolve();
  readonly #keeper: RosterKeeper;
  #startedAtMs: number | undefined;
  #isOver = false;

  /** Throws where the mixer has no thread for it. */
  constructor(options: OpenConferenceOptions) {
    const { shared, settings, limits, tenantId } = options;
    this.options = options;
    this.id = options.id;
    this.tenantId = tenantId;
    this.room = settings.name;
    this.uri = settings.uri;
    this.settings = settings;
    this.media = { srtpRequired: settings.srtpRequired || limits.srtpRequired, video: settings.video };
    this.isLocked = settings.lockedFromStart;
    this.maximum = lowestLimit(settings.maxMembers, limits.maxConferenceMembers);
    this.waits = new Waits(shared.timers);
    this.mixed = shared.mixer.open(options.id, {
      onEvent: (event) => this.#mediaEvent(event),
      isMusicForAlone: settings.holdMusic,
    });
    this.#keeper = new RosterKeeper(settings, { locked: this.isLocked, maximumUserCount: this.maximum });
    this.attendance = new Attendance({ settings, mixed: this.mixed, keeper: this.#keeper, waits: this.waits });
    this.recording = new Recording({
      media: this.mixed,
      path: () => shared.recordings.path(tenantId, this.room, this.id),
      onStarted: (path, by) => {
        this.#keeper.state({ recording: true });
        this.happened({ type: 'recording-started', path, by });
      },
      onStopped: (path, durationMs, by) => {
        this.#keeper.state({ recording: false });
        this.happened({ type: 'recording-stopped', path, durationMs, by });
      },
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  roster(): Roster {
    return this.#keeper.roster;
  }

  changed(listener: (change: RosterChange) => void): () => void {
    return this.#keeper.changed(listener);
  }

  isModerator(actor: Actor): boolean {
    const { rank } = standingOf(this, actor);
    return rank === 'moderator' || rank === 'operator';
  }

  isMember(uri: string): boolean {
    for (const member of this.attendance.members.values()) if (member.isIn && member.state.uri === uri) return true;
    return false;
  }

  control(actor: Actor, command: ControlCommand): Promise<ControlResult> {
    return carryOut(this, actor, command);
  }

  /** Opens ports for somebody, or says why not; `over` where the conference has ended meanwhile. */
  async admit(request: JoinRequest): Promise<JoinOutcome | 'over'> {
    if (this.#isOver) return 'over';
    const refused = whyNotIn(this, request);
    if (refused !== undefined) return refused;
    const member = new Member(this.options.newMemberId(), this, request, isKnownModerator(this.settings, request));
    member.mustProve = mustProve(this, request);
    if (request.replaces !== undefined) this.#inherit(member, request.replaces);
    const { members } = this.attendance;
    members.set(member.id, member);
    try {
      const video = request.wantsVideo && this.media.video;
      member.ports = await this.mixed.add(member.id, { family: request.family, video });
    } catch {
      members.delete(member.id);
      return refusal('no-media');
    }
    if (this.#isOver) return 'over';
    member.isListed = request.replaces === undefined && !member.mustProve;
    this.change(member, {});
    return { kind: 'joined', member };
  }

  mediaAgreed(member: Member, media: MemberMedia): void {
    this.mixed.update(member.id, media);
    const { media: before, onHold } = member.state;
    this.change(member, { media, onHold: holds(before, onHold, media) });
  }

  pictureLost(member: Member): void {
    this.mixed.pictureLost(member.id);
  }

  alerting(member: Member): void {
    this.change(member, { alerting: true });
  }

  connected(member: Member): void {
    if (member.request.replaces !== undefined) this.#takePlace(member, member.request.replaces);
    else if (member.mustProve) {
      this.change(member, { phase: 'at-the-door' });
      askForPin(this, member);
    } else this.enter(member);
  }

  left(member: Member, how: DisconnectionMethod, why: string): void {
    this.remove(member, how, why);
  }

  /** Lets a member into the room; without tones where it takes another's place. */
  enter(member: Member, takesPlace = false): void {
    const { settings } = this;
    const isFirst = this.#startedAtMs === undefined;
    const nowMs = this.options.shared.now();
    if (isFirst) {
      this.#startedAtMs = nowMs;
      this.happened({ type: 'started' });
      this.#keeper.state({ active: true });
      if (settings.maxDurationSec > 0) this.waits.after(settings.maxDurationSec * 1000, () => this.end('too-long'));
    }
    const isMuted = settings.mutedOnEntry && !member.isModerator && !takesPlace;
    this.attendance.enter(member, { joinedAtMs: nowMs, ...(isMuted && { muted: 'softly' }) });
    this.happened({ type: 'joined', member: member.asEvent(), how: member.state.how, role: member.state.role });
    if (settings.joinTones && !takesPlace) void this.play('join', 'everybody');
    if (this.recording.isOn) void this.play('recording', member.id);
    else if (isFirst && settings.recording === 'always') void this.#recordAlways();
  }

  /** Takes a member out. With `farewell` its leg is hung up as well. */
  remove(member: Member, how: DisconnectionMethod, reason: string, farewell?: HangUp): void {
    if (member.isGone) return;
    const { isIn, isModerator } = member;
    const { members } = this.attendance;
    this.#takeOut(member, how, reason);
    if (farewell !== undefined) member.leg.hangUp(farewell);
    void this.mixed.remove(member.id);
    if (members.size === 0) {
      this.end('empty');
      return;
    }
    if (!isIn) return;
    const endsWithModerator = this.settings.endWithLastModerator && isModerator;
    if (endsWithModerator && !this.attendance.hasModerator()) this.end('no-moderator');
    else if (this.settings.joinTones && this.attendance.inside > 0) void this.play('leave', 'everybody');
  }

  /** Ends where nobody is in and nobody is on the way. */
  endIfEmpty(): void {
    if (this.attendance.members.size === 0) this.end('empty');
  }

  end(why: EndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.options.onEnd(this);
    const farewell = FAREWELLS[why];
    const how = farewell.statusCode === undefined ? 'booted' : 'failed';
    for (const member of this.attendance.members.values()) {
      this.#takeOut(member, how, farewell.text);
      member.leg.hangUp(farewell);
    }
    this.closed = this.recording.end().then(() => this.mixed.close());
    this.waits.cancelAll();
    this.#keeper.end();
    if (this.#startedAtMs === undefined) return;
    const durationMs = this.options.shared.now() - this.#startedAtMs;
    this.happened({ type: 'ended', why, durationMs, mostMembers: this.attendance.mostInside });
  }

  change(member: Member, changes: Partial<MemberState>): void {
    this.attendance.change(member, changes);
  }

  setLocked(isLocked: boolean): void {
    this.isLocked = isLocked;
    this.#keeper.state({ locked: isLocked });
  }

  setMaximum(members: number): void {
    this.maximum = lowestLimit(members, this.options.limits.maxConferenceMembers);
    this.#keeper.state({ maximumUserCount: this.maximum });
  }

  /** Resolves when it has been heard. */
  play(name: Extract<Sound, { kind: 'tones' }>['name'], to: string | 'everybody'): Promise<void> {
    return this.mixed.play({ kind: 'tones', name }, to);
  }

  happened(event: Occurrence): void {
    const { shared } = this.options;
    const where = { tenantId: this.tenantId, room: this.room, conferenceId: this.id, atMs: shared.now() };
    shared.events.happened({ ...where, ...event });
  }

  // As long as it lasts: a disk may be freed.
  async #recordAlways(): Promise<void> {
    const result = await this.recording.start('focus');
    if (result.ok || this.#isOver) return;
    this.options.shared.recordings.failed(this.tenantId, this.room, this.id, result.detail);
    this.waits.after(RECORD_AGAIN_AFTER_MS, () => void this.#recordAlways());
  }

  #inherit(member: Member, from: string): void {
    const old = this.attendance.members.get(from);
    if (old === undefined) return;
    const { role, muted, deaf, gainDb, handRaised } = old.state;
    member.state = { ...member.state, role, muted, deaf, gainDb, handRaised };
  }

  #takePlace(member: Member, replaced: string): void {
    // Again, since a moderator may have said something of the old leg meanwhile; the old leg may be gone, too.
    this.#inherit(member, replaced);
    this.enter(member, true);
    const old = this.attendance.members.get(replaced);
    if (old === undefined) return;
    const reason = 'Replaced by another call of the member';
    this.#takeOut(old, 'departed', reason);
    old.leg.hangUp({ text: reason });
    void this.mixed.remove(old.id);
  }

  #takeOut(member: Member, how: DisconnectionMethod, reason: string): void {
    this.attendance.takeOut(member, how, reason);
    if (!member.isListed) return;
    const { joinedAtMs } = member.state;
    const durationMs = joinedAtMs === undefined ? 0 : this.options.shared.now() - joinedAtMs;
    this.happened({ type: 'left', member: member.asEvent(), how, reason, durationMs });
  }

  #spoke(ids: readonly string[]): void {
    const members = ids.flatMap((id) => this.attendance.members.get(id)?.asEvent() ?? []);
    this.happened({ type: 'speakers', members });
  }

  #mediaEvent(event: RoomMediaEvent): void {
    if (this.#isOver) return;
    if (event.type === 'lost') this.end('media-lost');
    else if (event.type === 'speakers') this.#spoke(event.members);
    else if (event.type === 'key-frame-wanted') this.attendance.members.get(event.member)?.leg.requestKeyFrame();
    else if (event.type === 'dtmf') {
      const member = this.attendance.members.get(event.member);
      if (member !== undefined) pressed(this, member, event.digit);
    }
  }
}
