import {
  afterTooSmall,
  agreedSessionTimer,
  askSessionTimer,
  type InviteClient,
  type InviteSession,
} from '@ringdown/sip-dialog';
import { Header, type HeaderField, reasonPhrase, type SipResponse } from '@ringdown/sip-message';
import { type Expirable, NO_TIMER } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { DialOutOutcome } from '../../domain/control-command.js';
import type { DialOutRequest } from '../../ports/dial-out.js';
import type { ConferenceMember } from '../../use-cases/conferences.js';
import { abilities, acceptedTypes } from './abilities.js';
import { focusContact } from './conference-address.js';
import type { DialTarget } from './dial-target.js';
import type { FocusParts } from './focus-parts.js';
import type { MemberCall } from './member-call.js';
import { allowsUpdate, type SessionRefresh } from './session-refresh.js';

/** How long a phone may ring. */
const ringsSec = 120;

/** One call of the focus to somebody, from its INVITE to what became of it. */
export class DialledCall implements Expirable {
  #invite: InviteClient<Flow> | undefined;
  #ringing = NO_TIMER;
  #attempts = 0;
  #hasOfferedSrtp: boolean;
  readonly #outcome = Promise.withResolvers<DialOutOutcome>();

  constructor(
    private readonly parts: FocusParts,
    private readonly refresh: SessionRefresh,
    private readonly request: DialOutRequest,
    private readonly target: DialTarget,
    private readonly call: MemberCall,
    private readonly member: ConferenceMember,
  ) {
    this.#hasOfferedSrtp = member.conference.media.srtpRequired;
  }

  get outcome(): Promise<DialOutOutcome> {
    return this.#outcome.promise;
  }

  get invite(): InviteClient<Flow> | undefined {
    return this.#invite;
  }

  /** Sends the INVITE, with an offer of the focus's (RFC 4579 §5.2). */
  start(now: number): void {
    const { parts, call, request, target } = this;
    const { driver } = parts;
    const { uri } = request.conference;
    this.#attempts += 1;
    const headers: HeaderField[] = [
      ...abilities.filter(([name]) => name !== Header.Supported),
      ...askSessionTimer(call.refreshing.policy).map(
        ([name, value]): HeaderField => (name === Header.Supported ? [name, supportedBeside(value)] : [name, value]),
      ),
      [Header.Expires, String(ringsSec)],
      ...target.headers,
    ];
    if (request.onBehalfOf !== uri) headers.push([Header.ReferredBy, `<${request.onBehalfOf}>`]);
    const body = call.negotiation?.offer() ?? '';
    const initial = {
      requestUri: target.requestUri,
      to: target.requestUri,
      from: uri,
      fromTag: driver.stack.branches.nextTag(),
      callId: call.callId,
      cseq: this.#attempts,
      headers,
      contentType: acceptedTypes,
      body,
    };
    this.#invite = driver.core.invite(initial, focusContact(uri));
    call.invites(this.#invite);
    driver.stack.wheel.cancel(this.#ringing);
    this.#ringing = driver.stack.wheel.schedule(now, ringsSec * 1_000, this, 0);
  }

  /** RFC 4575 §5.7.2: alerting. */
  provisional({ statusCode, reasonPhrase: phrase }: SipResponse): void {
    if (statusCode === 180 || statusCode === 183) this.member.alerting();
    this.request.onProgress?.(statusCode, phrase);
  }

  /** The first 2xx. */
  established(now: number, session: InviteSession<Flow>, response: SipResponse): void {
    const { call } = this;
    this.#stop();
    call.refreshing.takesUpdate = allowsUpdate(response);
    call.established(session);
    if (!call.answerCame(response)) {
      this.#fails(488, 'The answer could not be used');
      return;
    }
    this.refresh.agreed(now, session, agreedSessionTimer(response, call.refreshing.policy), 'uac');
    call.connected();
    this.#outcome.resolve({ kind: 'joined', memberId: this.member.id });
  }

  failed(now: number, statusCode: number, response: SipResponse | undefined): void {
    const { call } = this;
    const policy =
      statusCode === 422 && response !== undefined ? afterTooSmall(response, call.refreshing.policy) : undefined;
    if (policy !== undefined && this.#attempts < 3 && !call.isOver) {
      // RFC 4028 §7.3: once more, with what the far side wants.
      call.refreshing.policy = policy;
      call.negotiation?.offerRefused();
      this.start(now);
      return;
    }
    if (statusCode === 488 && !this.#hasOfferedSrtp && !call.isOver) {
      // A phone that takes nothing but SRTP; one that has no common codec refuses this, too.
      this.#hasOfferedSrtp = true;
      call.joined(this.member, true);
      this.start(now);
      return;
    }
    const phrase = response?.reasonPhrase ?? reasonPhrase(statusCode);
    call.over();
    this.member.left(statusCode === 486 || statusCode === 600 ? 'busy' : 'failed', `${statusCode} ${phrase}`);
    this.#fails(statusCode, phrase);
  }

  /** Nobody has answered for as long as a phone may ring. */
  expire(): void {
    this.#ringing = NO_TIMER;
    this.call.hangUp({ statusCode: 408, text: 'Nobody answered' });
  }

  #fails(statusCode: number, phrase: string): void {
    this.#stop();
    this.#outcome.resolve({ kind: 'failed', statusCode, reasonPhrase: phrase });
  }

  #stop(): void {
    this.parts.driver.stack.wheel.cancel(this.#ringing);
    this.#ringing = NO_TIMER;
  }
}

/** One Supported header with what the focus does and what session timers add. */
function supportedBeside(tag: string): string {
  const own = abilities.find(([name]) => name === Header.Supported)?.[1] ?? '';
  return own.split(', ').includes(tag) ? own : `${own}, ${tag}`;
}
