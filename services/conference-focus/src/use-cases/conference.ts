import type { Actor } from '../domain/actor.js';
import type { ControlCommand, ControlResult } from '../domain/control-command.js';
import type { Refusal } from '../domain/refusal.js';
import type { DisconnectionMethod, JoiningMethod, Roster, RosterChange } from '../domain/roster.js';
import type { EndReason } from '../ports/conference-events.js';
import type { MemberLeg } from '../ports/member-leg.js';
import type { MemberMedia, MemberPorts } from '../ports/mixer.js';

/** Somebody who wants to be a member. */
export interface JoinRequest {
  readonly tenantId: string;
  readonly room: string;
  /** Its address of record, `sip:alice@acme.test`; at `anonymous.invalid` where it wants to be nobody. */
  readonly uri: string;
  /** Whether the platform has authenticated `uri`. Only then does being listed as a moderator count. */
  readonly isAuthenticated: boolean;
  readonly displayName: string | undefined;
  /** Known to be a moderator by other means than the room's settings. The focus-owner is one anyway. */
  readonly isModerator: boolean;
  readonly leg: MemberLeg;
  readonly how: JoiningMethod;
  readonly family: 'IP4' | 'IP6';
  readonly wantsVideo: boolean;
  /**
   * The member, by id, whose place this leg takes (RFC 3891): its role, mute and gain come along, and it is hung up once this one
   * is connected. Whether it may is for the caller to see.
   */
  readonly replaces?: string;
  /** Of one that is dialed out: who wants it. */
  readonly invitedBy?: string;
}

export type JoinOutcome = { readonly kind: 'joined'; readonly member: ConferenceMember } | Refusal;

/** What the signalling holds of a member. After `left`, or after its leg was told to hang up, every call is without effect. */
export interface ConferenceMember {
  readonly id: string;
  readonly conference: Conference;
  readonly ports: MemberPorts;
  /** After each offer/answer; hold is read from the directions. */
  mediaAgreed(media: MemberMedia): void;
  /** The phone says by signalling that it has lost the picture (RFC 5168). */
  pictureLost(): void;
  /** A phone that is dialed out rings. */
  alerting(): void;
  /** ACK, or the 2xx of a dial-out: it is let in, or asked for the PIN. */
  connected(): void;
  left(how: DisconnectionMethod, why: string): void;
}

/** One conference under way. */
export interface Conference {
  readonly tenantId: string;
  readonly room: string;
  /** Of this one conference: the next in the same room has another. */
  readonly id: string;
  /** `sip:room@canonical-domain`. */
  readonly uri: string;
  /** What the room asks of offers and answers. */
  readonly media: { readonly srtpRequired: boolean; readonly video: boolean };
  roster(): Roster;
  /** Calls `listener` after each change, until the returned function is called. When it has ended, the last roster is inactive and empty. */
  changed(listener: (change: RosterChange) => void): () => void;
  /** Whether this actor is a moderator here, or the operator. */
  isModerator(actor: Actor): boolean;
  /** Whether a user (by address of record) has a phone in the room. */
  isMember(uri: string): boolean;
  control(actor: Actor, command: ControlCommand): Promise<ControlResult>;
}

/** Every conference of this pod. */
export interface Conferences {
  /** Lets somebody in, and opens the room where it isn't. Never throws or rejects. */
  join(request: JoinRequest): Promise<JoinOutcome>;
  find(tenantId: string, room: string): Conference | undefined;
  all(): Iterable<Conference>;
  /** A name for a new room of the factory. */
  adHocRoomName(): string;
  /** Opens no conference any more; those under way go on. */
  drain(): void;
  /** Ends every conference, each leg being told why. Resolves when all ports and files are closed, also those of conferences that had ended before. */
  endAll(why: Extract<EndReason, 'drained' | 'home-lost' | 'ended'>): Promise<void>;
}
