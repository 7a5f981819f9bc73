import type { Notifier } from '@ringdown/sip-dialog';
import { Header, parseDeltaSeconds, type SipRequest } from '@ringdown/sip-message';
import type { Flow } from '@ringdown/sip-transport';
import type { Conference } from '../../use-cases/conferences.js';
import { ROSTER_CONTENT_TYPE } from '../../use-cases/roster-document.js';
import { conferenceAddress } from './conference-address.js';
import type { FocusParts } from './focus-parts.js';
import { refusal, type SipRefusal } from './refusals.js';
import { RosterSubscription } from './roster-subscription.js';
import { contextOf, senderOf } from './sender.js';

/** RFC 4575 §3.3: how long a subscription lasts where nobody says, and at the most. */
export const longestSubscriptionSec = 3_600;
/** Of one conference: more than any has members with two devices each. */
const mostOfOne = 2_000;
/** Of one user in one conference. */
const mostOfUser = 10;

interface Subscribed {
  readonly uri: string;
  readonly callId: string;
  readonly roster: RosterSubscription;
}

/** Who may know of a conference what, and since when. */
interface Granted {
  readonly tenantId: string;
  readonly uri: string;
  readonly conference: Conference;
  /** Whether it still may. */
  readonly mayKnow: () => boolean;
}

/** Subscriptions to the conference package (RFC 4575). */
export class Subscriptions {
  readonly #subscribed = new Map<Notifier<Flow>, Subscribed>();

  constructor(private readonly parts: FocusParts) {}

  get size(): number {
    return this.#subscribed.size;
  }

  /** A SUBSCRIBE that begins a subscription, within a member's call or outside. */
  subscribe(notifier: Notifier<Flow>, request: SipRequest): void {
    const { driver } = this.parts;
    const granted = this.#granted(notifier, request);
    if ('statusCode' in granted) {
      driver.act(() => notifier.reject(granted.statusCode, granted.options));
      return;
    }
    const { uri, tenantId } = granted;
    driver.paths.keep(request.callId, contextOf({ tenantId }), driver.ingressOf(notifier.transaction)?.flow);
    driver.act((now) => {
      const roster = new RosterSubscription(notifier, granted, driver.stack.wheel, (action) => driver.act(action));
      const askedSec = parseDeltaSeconds(request.value(Header.Expires) ?? '') ?? longestSubscriptionSec;
      const expiresSec = Math.min(askedSec, longestSubscriptionSec);
      // RFC 6665 §4.2.1.2: with the grant goes the state of now.
      const isGranted = notifier.accept(now, { state: 'active', expiresSec }, roster.whole);
      if (!isGranted || notifier.state === 'terminated') {
        roster.over();
        driver.paths.release(request.callId);
        return;
      }
      this.#subscribed.set(notifier, { uri, callId: request.callId, roster });
      roster.begun(now);
    });
  }

  answered(notifier: Notifier<Flow>, statusCode: number): void {
    const subscribed = this.#subscribed.get(notifier);
    this.parts.driver.act((now) => subscribed?.roster.answered(now, statusCode));
  }

  ended(notifier: Notifier<Flow>): void {
    const subscribed = this.#subscribed.get(notifier);
    if (subscribed === undefined) return;
    this.#subscribed.delete(notifier);
    subscribed.roster.over();
    this.parts.driver.paths.release(subscribed.callId);
  }

  #granted(notifier: Notifier<Flow>, request: SipRequest): Granted | SipRefusal {
    // RFC 6665 §8.3.1.
    if (notifier.event.package !== 'conference') return refusal(489, undefined, [[Header.AllowEvents, 'conference']]);
    if (!accepts(request)) return refusal(406, `Rosters are told as ${ROSTER_CONTENT_TYPE}`);
    const granted = this.#asked(notifier, request);
    if ('statusCode' in granted) return granted;
    let ofUser = 0;
    let ofConference = 0;
    for (const { uri, roster } of this.#subscribed.values()) {
      if (roster.conference !== granted.conference) continue;
      ofConference += 1;
      if (uri === granted.uri) ofUser += 1;
    }
    if (ofUser >= mostOfUser || ofConference >= mostOfOne)
      return refusal(503, 'There are too many subscriptions already', [[Header.RetryAfter, '60']]);
    return granted;
  }

  #asked(notifier: Notifier<Flow>, request: SipRequest): Granted | SipRefusal {
    const { driver, calls, conferences } = this.parts;
    const call = notifier.dialog === undefined ? undefined : calls.ofDialog(notifier.dialog);
    if (call?.member !== undefined) {
      // Within its call a member has proved who it is.
      const { tenantId, uri } = call.sender;
      return { tenantId, uri, conference: call.member.conference, mayKnow: () => !call.isOver };
    }
    const sender = senderOf(request, driver.ingressOf(notifier.transaction)?.envelope);
    if (sender === undefined || !sender.isAuthenticated)
      return refusal(403, 'Rosters are told to members and moderators who have proved who they are');
    const address = conferenceAddress(request);
    if (address.kind !== 'room') return refusal(404, 'There is no such conference');
    const conference = conferences.find(sender.tenantId, address.room);
    if (conference === undefined) return refusal(480, 'The conference is not under way');
    const { tenantId, uri } = sender;
    const mayKnow = (): boolean => conference.isMember(uri) || conference.isModerator({ kind: 'user', uri });
    if (!mayKnow()) return refusal(403, 'Rosters are told to members and moderators');
    return { tenantId, uri, conference, mayKnow };
  }
}

/** RFC 4575 §3.5: without Accept the package's own type is meant. */
function accepts(request: SipRequest): boolean {
  const types = request.list(Header.Accept).map((type) => type.split(';')[0]?.trim().toLowerCase());
  return (
    types.length === 0 ||
    types.some((type) => type === ROSTER_CONTENT_TYPE || type === '*/*' || type === 'application/*')
  );
}
