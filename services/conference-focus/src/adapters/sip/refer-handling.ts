import { type Notifier, referTarget } from '@ringdown/sip-dialog';
import { addressOfRecord, Header, parseNameAddr, type SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import type { Actor } from '../../domain/actor.js';
import type { ControlFailure, ControlResult } from '../../domain/control-command.js';
import type { Conference } from '../../use-cases/conferences.js';
import { conferenceAddress } from './conference-address.js';
import { type ReferredUri, referredUri } from './dial-target.js';
import type { FocusParts } from './focus-parts.js';
import { ReferSubscription } from './refer-subscription.js';
import { refusal, type SipRefusal } from './refusals.js';
import { contextOf, senderOf } from './sender.js';
import { textOf } from './wire-text.js';

/** Who sent a REFER, and about which conference. */
interface Referrer {
  readonly actor: Actor;
  readonly conference: Conference;
}

const statusCodes: Readonly<Record<ControlFailure, number>> = {
  forbidden: 403,
  'not-found': 404,
  conflict: 403,
  invalid: 400,
  unavailable: 503,
};

/** REFERs to the focus (RFC 4579 §5): call somebody in, or remove somebody. What a member may is the room's to say. */
export class ReferHandling {
  /** The Call-IDs of subscriptions that last. */
  readonly #notifiers = new Map<Notifier<Flow>, string>();

  constructor(private readonly parts: FocusParts) {}

  get size(): number {
    return this.#notifiers.size;
  }

  refer(notifier: Notifier<Flow>, request: SipRequest): void {
    const { driver, underWay } = this.parts;
    const subscription = new ReferSubscription(driver, notifier, request);
    const text = referTarget(request);
    if (text === undefined) {
      subscription.refuseWith(400, 'A REFER has exactly one Refer-To with a URI');
      return;
    }
    const referred = referredUri(text);
    if (referred === undefined) {
      subscription.refuseWith(403, 'A conference calls sip:, sips: and tel: URIs');
      return;
    }
    const referrer = this.#referrer(notifier, request);
    if ('statusCode' in referrer) {
      subscription.refuse(referrer);
      return;
    }
    driver.paths.keep(request.callId, contextOf(referrer.conference), driver.ingressOf(notifier.transaction)?.flow);
    this.#notifiers.set(notifier, request.callId);
    underWay(
      this.#carryOut(subscription, referrer, referred, text, request).finally(() => {
        // Refused, or wanted without a subscription: no end of it will be told.
        if (notifier.state === 'terminated' || notifier.state === 'unanswered') this.ended(notifier);
      }),
    );
  }

  ended(notifier: Notifier<Flow>): void {
    const callId = this.#notifiers.get(notifier);
    if (callId === undefined) return;
    this.#notifiers.delete(notifier);
    this.parts.driver.paths.release(callId);
  }

  #carryOut(
    subscription: ReferSubscription,
    referrer: Referrer,
    referred: ReferredUri,
    text: string,
    request: SipRequest,
  ): Promise<void> {
    if (referred.method === 'INVITE') return this.#invite(subscription, referrer, text, request);
    if (referred.method === 'BYE') {
      const { addressOfRecord: uri } = referred.target;
      return this.#remove(subscription, referrer, uri, isItself(request, uri));
    }
    subscription.refuseWith(403, `A conference does not send ${referred.method}: INVITE calls in, BYE removes`);
    return Promise.resolve();
  }

  /** RFC 4579 §5: the focus is asked to call somebody in. */
  async #invite(
    subscription: ReferSubscription,
    { actor, conference }: Referrer,
    target: string,
    request: SipRequest,
  ): Promise<void> {
    const displayName = displayNameIn(request);
    const early: (readonly [number, string])[] = [];
    let tell = (statusCode: number, phrase: string): void => void early.push([statusCode, phrase]);
    const result = await conference.control(actor, {
      type: 'invite',
      target,
      ...(displayName === undefined ? {} : { displayName }),
      onProgress: (statusCode, phrase) => tell(statusCode, phrase),
    });
    if (!result.ok) {
      subscription.refuse(refusalBy(result));
      return;
    }
    subscription.accept();
    for (const [statusCode, phrase] of early) subscription.tell(statusCode, phrase);
    tell = (statusCode, phrase) => subscription.tell(statusCode, phrase);
    // Phones ring for minutes: whoever waits for what is being decided needn't wait for that.
    void result.invited?.then((outcome) => {
      if (outcome.kind === 'joined') subscription.conclude(200);
      else subscription.conclude(outcome.statusCode, outcome.reasonPhrase);
    });
  }

  /** RFC 4579 §5: a user with all phones; and the conference itself, whose end that is. */
  async #remove(
    subscription: ReferSubscription,
    { actor, conference }: Referrer,
    uri: string,
    isItself: boolean,
  ): Promise<void> {
    if (isItself || uri === conference.uri) {
      const result = await conference.control(actor, { type: 'end' });
      this.#removed(subscription, [result]);
      return;
    }
    const user = conference.roster().users.find(({ entity }) => entity === uri);
    const members = (user?.endpoints ?? []).filter(({ status }) => status !== 'disconnected');
    if (members.length === 0) {
      subscription.refuseWith(404, 'Nobody of that name is in the conference');
      return;
    }
    const results: ControlResult[] = [];
    for (const { memberId } of members)
      results.push(await conference.control(actor, { type: 'kick', member: memberId }));
    this.#removed(subscription, results);
  }

  #removed(subscription: ReferSubscription, results: readonly ControlResult[]): void {
    const failure = results.find((result) => !result.ok);
    if (failure?.ok === false) subscription.refuse(refusalBy(failure));
    else {
      subscription.accept();
      subscription.conclude(200);
    }
  }

  #referrer(notifier: Notifier<Flow>, request: SipRequest): Referrer | SipRefusal {
    const { driver, calls, conferences } = this.parts;
    const member = notifier.dialog === undefined ? undefined : calls.ofDialog(notifier.dialog)?.member;
    if (member !== undefined) return { actor: { kind: 'member', id: member.id }, conference: member.conference };
    const sender = senderOf(request, driver.ingressOf(notifier.transaction)?.envelope);
    if (sender === undefined || !sender.isAuthenticated)
      return refusal(403, 'Only members and moderators who have proved who they are may ask something of a conference');
    const address = conferenceAddress(request);
    const conference = address.kind === 'room' ? conferences.find(sender.tenantId, address.room) : undefined;
    if (conference === undefined) return refusal(480, 'The conference is not under way');
    return { actor: { kind: 'user', uri: sender.uri }, conference };
  }
}

/** Whether the conference that was asked is meant, by whichever of its tenant's domains. */
function isItself({ uri }: SipRequest, target: string): boolean {
  return uri.kind === 'sip' && addressOfRecord(uri) === target;
}

function refusalBy({ failure, detail }: Extract<ControlResult, { ok: false }>): SipRefusal {
  return refusal(statusCodes[failure], detail);
}

function displayNameIn(request: SipRequest): string | undefined {
  const address = parseNameAddr(request.value(Header.ReferTo) ?? '');
  const name = address.kind === 'failure' ? undefined : address.displayName?.trim();
  return name === undefined || name === '' ? undefined : textOf(name);
}
