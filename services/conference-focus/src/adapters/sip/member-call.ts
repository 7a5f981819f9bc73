import { defaultSessionTimer, InviteClient, type InviteServer, type InviteSession } from '@ringdown/sip-dialog';
import type { SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import { Keying } from '../../domain/negotiation/keying.js';
import { MediaNegotiation, readDescription } from '../../domain/negotiation/media-negotiation.js';
import type { HangUp, MemberLeg } from '../../ports/member-leg.js';
import type { ConferenceMember } from '../../use-cases/conferences.js';
import { type FocusParts, policyOf } from './focus-parts.js';
import { pictureFastUpdate } from './media-control.js';
import { reason, refusalFor } from './refusals.js';
import type { Sender } from './sender.js';
import type { Refreshing } from './session-refresh.js';

/** Where a call is: its INVITE under way (either side's), its 2xx out without an ACK, up, over. */
export type MemberCallState = 'inviting' | 'answered' | 'connected' | 'ended';

/** The call of one member, whoever began it: what connects a dialog with the member of a room. */
export class MemberCall implements MemberLeg {
  state: MemberCallState = 'inviting';
  member: ConferenceMember | undefined;
  session: InviteSession<Flow> | undefined;
  negotiation: MediaNegotiation | undefined;
  /** Whether the phone may be asked for key frames by INFO: until it refuses that. */
  takesMediaControl = true;
  readonly refreshing: Refreshing = { policy: defaultSessionTimer, takesUpdate: false };
  #invite: InviteServer<Flow> | InviteClient<Flow> | undefined;
  /** Why the room sent it away. */
  #sentAway: HangUp | undefined;

  constructor(
    private readonly parts: FocusParts,
    readonly sender: Sender,
    readonly callId: string,
    invite?: InviteServer<Flow>,
  ) {
    if (invite !== undefined) this.invites(invite);
  }

  /** The INVITE that it begins with, or begins with anew. */
  invites(invite: InviteServer<Flow> | InviteClient<Flow>): void {
    if (this.#invite !== undefined) this.parts.calls.removeInvite(this.#invite);
    this.#invite = invite;
    this.parts.calls.addInvite(invite, this);
  }

  /** Whether the room or the far side has ended it already. */
  get isOver(): boolean {
    return this.state === 'ended' || this.#sentAway !== undefined;
  }

  /** The room has let it in: its offers and answers can begin. `srtpOffered`: with SRTP, though the room would take less. */
  joined(member: ConferenceMember, srtpOffered = false): MediaNegotiation {
    const { randomInt, randomBytes } = this.parts;
    this.member = member;
    const policy = policyOf(member.conference.media);
    this.negotiation = new MediaNegotiation({
      policy: srtpOffered ? { ...policy, srtpRequired: true } : policy,
      ports: member.ports,
      sessionId: String(1 + randomInt(2 ** 47)),
      keying: new Keying(randomBytes),
    });
    return this.negotiation;
  }

  /** The INVITE has become a session. */
  established(session: InviteSession<Flow>): void {
    this.session = session;
    this.state = 'answered';
    if (this.#invite !== undefined) this.parts.calls.removeInvite(this.#invite);
    this.parts.calls.addSession(session, this);
  }

  /** The three-way handshake is done: the member is in. */
  connected(): void {
    if (this.state !== 'answered') return;
    this.state = 'connected';
    this.member?.connected();
  }

  /** The answer to an offer of the focus's: in an ACK, or in a 2xx. An unusable one ends the call (RFC 3264 §4, RFC 3261 §14.1). */
  answerCame(message: Pick<SipRequest, 'body'>): boolean {
    const { negotiation } = this;
    if (negotiation === undefined) return false;
    const answer = readDescription(message.body);
    const agreement = answer.kind === 'unreadable' ? answer : negotiation.agreed(answer);
    if (agreement.kind === 'agreed') {
      this.member?.mediaAgreed(agreement.media);
      return true;
    }
    const text = agreement.kind === 'unreadable' ? agreement.reason : agreement.text;
    this.fail({ statusCode: 488, text });
    return false;
  }

  /** Ends the call for something that went wrong at this side or at the phone's. */
  fail(why: HangUp): void {
    this.hangUp(why);
    this.member?.left('failed', why.text);
  }

  hangUp(why: HangUp): void {
    if (this.isOver) return;
    this.#sentAway = why;
    const invite = this.#invite;
    this.parts.driver.act((now) => {
      if (this.session !== undefined) this.session.bye(now, [reason(why)]);
      else if (invite instanceof InviteClient) invite.cancel(now, [reason(why)]);
      else if (invite !== undefined) {
        const { statusCode, options } = refusalFor(why);
        invite.reject(statusCode, options);
        this.over();
      }
    });
  }

  requestKeyFrame(): void {
    const { session } = this;
    if (session === undefined || this.isOver || !this.takesMediaControl) return;
    this.parts.driver.act(() => session.request('INFO', pictureFastUpdate));
  }

  /** Nothing of the call is left. */
  over(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    if (this.#invite !== undefined) this.parts.calls.removeInvite(this.#invite);
    if (this.session !== undefined) this.parts.calls.removeSession(this.session);
    this.parts.driver.paths.release(this.callId);
  }
}
