import { type MenuKeys, NO_KEYS } from '../domain/dtmf-menu.js';
import type { MemberState } from '../domain/member-state.js';
import type { DisconnectionMethod } from '../domain/roster.js';
import type { EventMember } from '../ports/conference-events.js';
import type { MemberLeg } from '../ports/member-leg.js';
import type { MemberControls, MemberMedia, MemberPorts } from '../ports/mixer.js';
import type { Conference, ConferenceMember, JoinRequest } from './conference.js';
import type { PinQuestion } from './pin-question.js';

/** What a member's signalling brings about in its room. */
export interface MemberRoom extends Conference {
  mediaAgreed(member: Member, media: MemberMedia): void;
  pictureLost(member: Member): void;
  alerting(member: Member): void;
  connected(member: Member): void;
  left(member: Member, how: DisconnectionMethod, why: string): void;
}

/** One leg in a room: its state, and what is under way with it. */
export class Member implements ConferenceMember {
  readonly id: string;
  readonly leg: MemberLeg;
  readonly request: JoinRequest;
  ports: MemberPorts = { audio: { host: '', port: 0 }, video: undefined };
  state: MemberState;
  /** What the mixer was told last. */
  controls: MemberControls | undefined;
  keys: MenuKeys = NO_KEYS;
  question: PinQuestion | undefined;
  /** Whether it is asked for a PIN before it is let in. */
  mustProve = false;
  /** Whether it is shown in the roster; not while it has to prove that it may be. */
  isListed = false;

  constructor(
    id: string,
    readonly conference: MemberRoom,
    request: JoinRequest,
    isModerator: boolean,
  ) {
    this.id = id;
    this.leg = request.leg;
    this.request = request;
    this.state = {
      id,
      uri: userUri(request.uri, id),
      displayName: request.displayName,
      how: request.how,
      invitedBy: request.invitedBy,
      phase: 'arriving',
      alerting: false,
      role: isModerator ? 'moderator' : 'participant',
      joinedAtMs: undefined,
      muted: 'no',
      deaf: 'no',
      gainDb: 0,
      handRaised: false,
      media: undefined,
      onHold: false,
      gone: undefined,
    };
  }

  get isIn(): boolean {
    return this.state.phase === 'in';
  }

  get isModerator(): boolean {
    return this.state.role === 'moderator';
  }

  get isGone(): boolean {
    return this.state.phase === 'gone';
  }

  asEvent(): EventMember {
    const { id, uri, displayName } = this.state;
    return { memberId: id, uri, displayName };
  }

  mediaAgreed(media: MemberMedia): void {
    if (!this.isGone) this.conference.mediaAgreed(this, media);
  }

  pictureLost(): void {
    if (!this.isGone) this.conference.pictureLost(this);
  }

  alerting(): void {
    if (this.state.phase === 'arriving') this.conference.alerting(this);
  }

  connected(): void {
    if (this.state.phase === 'arriving') this.conference.connected(this);
  }

  left(how: DisconnectionMethod, why: string): void {
    if (!this.isGone) this.conference.left(this, how, why);
  }
}

// RFC 4575 §5.6: those who want to be nobody are told apart all the same, and two of them are two users.
function userUri(uri: string, id: string): string {
  return /@anonymous\.invalid$/i.test(uri) ? `sip:anonymous-${id}@anonymous.invalid` : uri;
}
