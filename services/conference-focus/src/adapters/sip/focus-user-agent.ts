import { randomBytes, randomInt } from 'node:crypto';
import type { Logger, Tracing } from '@ringdown/platform';
import type { UserAgentEffect } from '@ringdown/sip-dialog';
import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { Ingress, SipStack, TransactionUser } from '@ringdown/sip-runtime';
import type {
  ClientTransaction,
  InviteServerTransaction,
  ServerTransaction,
  Transaction,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import type { DialOutOutcome } from '../../domain/control-command.js';
import type { DialOut, DialOutRequest } from '../../ports/dial-out.js';
import type { HangUp } from '../../ports/member-leg.js';
import type { Conferences } from '../../use-cases/conferences.js';
import { conferenceAddress, focusContact } from './conference-address.js';
import { SipDialOut } from './dial-out.js';
import { Factory } from './factory.js';
import type { FocusParts } from './focus-parts.js';
import { InviteHandling } from './invite-handling.js';
import { MemberCalls } from './member-calls.js';
import { answerToOther, refusalOf } from './other-requests.js';
import { ReferHandling } from './refer-handling.js';
import type { EdgeStreams } from './request-paths.js';
import { RequestWatch } from './request-watch.js';
import { SessionHandling } from './session-handling.js';
import { SessionRefresh } from './session-refresh.js';
import { longestSubscriptionSec, Subscriptions } from './subscriptions.js';
import { UserAgentDriver } from './user-agent-driver.js';

export interface FocusUserAgentOptions {
  readonly conferences: Conferences;
  /** The edges' streams: the acceptor. */
  readonly edges: EdgeStreams;
  readonly logger: Logger;
  /** Both, or nothing is watched. */
  readonly tracing?: Tracing;
  readonly metrics?: Registry;
}

/** The focus of RFC 4353 and 4579 as a user agent behind SipLink: the calls of members, and what they ask within and beside them. */
export class FocusUserAgent implements TransactionUser, DialOut {
  readonly calls = new MemberCalls((dialog) => this.#driver.core.dialogs.get(dialog)?.session);
  readonly subscriptions: Subscriptions;
  readonly #driver: UserAgentDriver;
  readonly #factory: Factory;
  readonly #invites: InviteHandling;
  readonly #sessions: SessionHandling;
  readonly #refresh: SessionRefresh;
  readonly #dialOut: SipDialOut;
  readonly #refers: ReferHandling;
  readonly #underWay = new Set<Promise<void>>();

  constructor(stack: SipStack, { conferences, edges, logger, tracing, metrics }: FocusUserAgentOptions) {
    this.#driver = new UserAgentDriver(stack, {
      edges,
      random: Math.random,
      longestSubscriptionSec,
      contactFor: (transaction) => this.#contactFor(transaction),
      refuses: refusalOf,
      ...(tracing === undefined || metrics === undefined ? {} : { watch: new RequestWatch({ tracing, metrics }) }),
      told: (effect) => this.#told(effect),
    });
    const parts: FocusParts = {
      driver: this.#driver,
      conferences,
      calls: this.calls,
      logger,
      randomInt: (below) => randomInt(below),
      randomBytes: (length) => randomBytes(length),
      underWay: (work) => this.#keep(work, logger),
    };
    this.#factory = new Factory(conferences);
    this.#refresh = new SessionRefresh(parts);
    this.#invites = new InviteHandling(parts, this.#factory, this.#refresh);
    this.#sessions = new SessionHandling(parts, this.#refresh);
    this.subscriptions = new Subscriptions(parts);
    this.#refers = new ReferHandling(parts);
    this.#dialOut = new SipDialOut(parts, this.#refresh);
  }

  /** What it holds on to, of all calls and subscriptions. */
  get held() {
    const { sessions, invites } = this.calls.size;
    const { core, paths } = this.#driver;
    return {
      calls: sessions,
      invites,
      dialogs: core.dialogs.size,
      paths: paths.size,
      subscriptions: this.subscriptions.size,
    };
  }

  /** Calls somebody into a conference. */
  invite(request: DialOutRequest): Promise<DialOutOutcome> {
    return this.#dialOut.invite(request);
  }

  /** Resolves when what is being decided now is answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Ends every call, whatever its state. */
  hangUpAll(why: HangUp): void {
    for (const call of this.calls.all()) call.hangUp(why);
  }

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    this.#driver.onRequest(transaction, request, ingress);
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    this.#driver.onCancel(transaction, request, cancelled);
  }

  onAck(request: SipRequest, ingress: Ingress): void {
    this.#driver.onAck(request, ingress);
  }

  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    this.#driver.onResponse(transaction, response);
  }

  onStrayResponse(): void {}

  onTimeout(transaction: ClientTransaction<Flow>): void {
    this.#driver.onTimeout(transaction);
  }

  onTransportError(transaction: Transaction<Flow>): void {
    this.#driver.onTransportError(transaction);
  }

  onTerminated(transaction: Transaction<Flow>): void {
    this.#driver.onTerminated(transaction);
  }

  onAdvanced(): void {
    this.#driver.onAdvanced();
  }

  #told(effect: UserAgentEffect<Flow>): void {
    switch (effect.type) {
      case 'incoming':
        this.#invites.incoming(effect.call);
        return;
      case 'cancelled':
        this.#invites.cancelled(effect.call);
        return;
      case 'acknowledged':
        this.#sessions.acknowledged(effect.session, effect.request);
        return;
      case 'reinvite':
        this.#sessions.reinvite(effect.session, effect.transaction);
        return;
      case 'provisional':
        this.#dialOut.provisional(effect.call, effect.response);
        return;
      case 'established':
        this.#dialOut.established(effect.call, effect.session, effect.response);
        return;
      case 'failed':
        this.#dialOut.failed(effect.call, effect.statusCode, effect.response);
        return;
      case 'refreshDue':
        this.#refresh.due(effect.session);
        return;
      case 'reinvited':
        this.#refresh.reinvited(effect.session, effect.statusCode, effect.response);
        return;
      case 'answered':
        this.#sessions.answered(effect.session, effect.request, effect.statusCode);
        this.#refresh.answered(effect.session, effect.request, effect.statusCode, effect.response);
        return;
      case 'subscribe':
        if (effect.request.method === 'REFER') this.#refers.refer(effect.notifier, effect.request);
        else this.subscriptions.subscribe(effect.notifier, effect.request);
        return;
      case 'notifyAnswered':
        this.subscriptions.answered(effect.notifier, effect.statusCode);
        return;
      case 'unsubscribed':
        this.subscriptions.ended(effect.notifier);
        this.#refers.ended(effect.notifier);
        return;
      case 'ended':
        this.#sessions.ended(effect.session, effect.cause);
        return;
      case 'incomingRequest':
        if (effect.request.method === 'UPDATE' && effect.session !== undefined)
          this.#sessions.update(effect.session, effect.transaction);
        else {
          this.#driver.reply(effect.transaction, answerToOther(effect.request));
          if (effect.session !== undefined) this.#sessions.informed(effect.session, effect.request);
        }
        return;
      default:
    }
  }

  #contactFor(transaction: ServerTransaction<Flow>): string {
    const { request } = transaction;
    const address = conferenceAddress(request);
    if (address.kind === 'nothing') return focusContact(request.requestUri);
    const room = address.kind === 'factory' ? this.#factory.roomFor(transaction) : address.room;
    return focusContact(`sip:${room}@${address.domain}`);
  }

  #keep(work: Promise<void>, logger: Logger): void {
    const kept = work
      .catch((error: unknown) => logger.error('a bug in handling a call', { error }))
      .finally(() => this.#underWay.delete(kept));
    this.#underWay.add(kept);
  }
}
