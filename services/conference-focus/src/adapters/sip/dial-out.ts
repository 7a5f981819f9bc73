import type { InviteClient, InviteSession } from '@ringdown/sip-dialog';
import type { SipResponse } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import type { DialOutOutcome } from '../../domain/control-command.js';
import type { WantedMedia } from '../../domain/negotiation/preview.js';
import type { DialOut, DialOutRequest } from '../../ports/dial-out.js';
import type { JoinOutcome } from '../../use-cases/conferences.js';
import { referredUri } from './dial-target.js';
import { DialledCall } from './dialled-call.js';
import type { FocusParts } from './focus-parts.js';
import { MemberCall } from './member-call.js';
import { reason } from './refusals.js';
import { contextOf, type Sender } from './sender.js';
import type { SessionRefresh } from './session-refresh.js';

/** Calls of one conference that ring at once; more is no conference but an alarm, and a way to abuse one. */
const mostRinging = 50;

/** Calls people into conferences (RFC 4579 §5.2): by a member's REFER, or by a moderator's or operator's word. */
export class SipDialOut implements DialOut {
  readonly #dialled = new Map<InviteClient<Flow>, DialledCall>();
  readonly #ringing = new Map<DialOutRequest['conference'], number>();

  constructor(
    private readonly parts: FocusParts,
    private readonly refresh: SessionRefresh,
  ) {}

  async invite(request: DialOutRequest): Promise<DialOutOutcome> {
    const { conference } = request;
    const ringing = this.#ringing.get(conference) ?? 0;
    if (ringing >= mostRinging) return failed(503, 'Too Many Calls Are Ringing');
    this.#ringing.set(conference, ringing + 1);
    try {
      return await this.#invite(request);
    } finally {
      const left = (this.#ringing.get(conference) ?? 1) - 1;
      if (left === 0) this.#ringing.delete(conference);
      else this.#ringing.set(conference, left);
    }
  }

  provisional(invite: InviteClient<Flow>, response: SipResponse): void {
    this.#dialled.get(invite)?.provisional(response);
  }

  established(invite: InviteClient<Flow>, session: InviteSession<Flow>, response: SipResponse): void {
    const dialled = this.#dialled.get(invite);
    this.#dialled.delete(invite);
    // A second phone that answers a forked call comes too late: the first has the place.
    this.parts.driver.act((now) =>
      dialled === undefined
        ? void session.bye(now, [reason({ text: 'Call completed elsewhere' })])
        : dialled.established(now, session, response),
    );
  }

  failed(invite: InviteClient<Flow>, statusCode: number, response: SipResponse | undefined): void {
    const dialled = this.#dialled.get(invite);
    this.#dialled.delete(invite);
    this.parts.driver.act((now) => dialled?.failed(now, statusCode, response));
    // It has gone out anew.
    const again = dialled?.invite;
    if (dialled !== undefined && again !== undefined && again !== invite) this.#dialled.set(again, dialled);
  }

  async #invite(request: DialOutRequest): Promise<DialOutOutcome> {
    const { driver, conferences } = this.parts;
    const { conference } = request;
    const target = referredUri(request.target)?.target;
    if (target === undefined) return failed(416, 'Unsupported URI Scheme');
    if (target.addressOfRecord === conference.uri) return failed(482, 'A Conference Cannot Call Itself');
    const { tenantId } = conference;
    const sender: Sender = {
      tenantId,
      uri: target.addressOfRecord,
      isAuthenticated: target.addressOfRecord.startsWith('sip:'),
      displayName: request.displayName,
    };
    const callId = `${driver.stack.branches.nextTag()}-${driver.stack.branches.nextTag()}`;
    const call = new MemberCall(this.parts, sender, callId);
    const joins = (family: WantedMedia['family']): Promise<JoinOutcome> =>
      conferences.join({
        tenantId,
        room: conference.room,
        uri: sender.uri,
        isAuthenticated: sender.isAuthenticated,
        displayName: sender.displayName,
        isModerator: false,
        leg: call,
        how: 'dialed-out',
        family,
        wantsVideo: conference.media.video,
        invitedBy: request.onBehalfOf,
      });
    // Nobody has said yet what the far side speaks: IPv4, where this pod does.
    let outcome = await joins('IP4');
    if (outcome.kind === 'refused' && outcome.why === 'no-media') outcome = await joins('IP6');
    if (outcome.kind === 'refused') return failed(outcome.statusCode, outcome.reasonPhrase);
    const { member } = outcome;
    if (call.isOver) {
      member.left('departed', 'the call was given up');
      return failed(487, 'Request Terminated');
    }
    call.joined(member);
    driver.paths.keep(callId, contextOf(sender));
    const dialled = new DialledCall(this.parts, this.refresh, request, target, call, member);
    driver.act((now) => {
      dialled.start(now);
      if (dialled.invite !== undefined) this.#dialled.set(dialled.invite, dialled);
    });
    return dialled.outcome;
  }
}

function failed(statusCode: number, reasonPhrase: string): DialOutOutcome {
  return { kind: 'failed', statusCode, reasonPhrase };
}
