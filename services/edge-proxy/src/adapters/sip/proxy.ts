import type { Tracing } from '@ringdown/platform';
import { Header, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import {
  type BranchFailure,
  cancelHeaders,
  FAILURE_STATUS,
  type ForkOutcome,
  incomingMaxBreadth,
  loopDigest,
  type ProxyEffect,
  type ProxyTimers,
  relayResponse,
  type UpstreamAnswer,
} from '@ringdown/sip-proxy';
import type { SipStack } from '@ringdown/sip-runtime';
import type { ClientTransaction, InviteServerTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { boundDevice } from '../../domain/caller-leg.js';
import type { EdgeTarget, Hop } from '../../domain/hop.js';
import type { OwnAddresses } from '../../domain/own-addresses.js';
import { awayRetryAfterSec } from '../../domain/retry-after.js';
import { nextHopOf } from '../../domain/targets.js';
import { responseBetween } from '../../domain/trust.js';
import type { LocationLookups } from '../../ports/lookups.js';
import type { MediaAnchor } from '../../ports/media-anchor.js';
import { AnsweredInvite } from './answered-invite.js';
import { AwaitedPhones } from './awaited-phones.js';
import { Copies, forwardedBytes } from './copies.js';
import { EdgeResponseContext } from './edge-response-context.js';
import type { FlowTokens } from './flow-tokens.js';
import type { Locate } from './locator.js';
import { type MediaCounters, MediaParking } from './media-parking.js';
import type { Outbound } from './outbound.js';
import type { BranchOf, ProxiedRequest, ProxyInput, ProxyListener } from './proxied-request.js';
import { followRedirect } from './redirected-target.js';
import type { RegisteredFlows } from './registered-flows.js';
import { within } from './request-span.js';
import type { SealedCalls } from './sealed-calls.js';
import { secondWay } from './second-way.js';

export interface ProxyOptions {
  readonly stack: SipStack;
  readonly outbound: Outbound;
  readonly flowTokens: FlowTokens;
  readonly location: LocationLookups;
  readonly tracing: Tracing;
  readonly calls: SealedCalls;
  /** Told of each registration that was acknowledged, the flow it came over, and the device that it binds. */
  readonly registered?: RegisteredFlows['registered'];
  /** This edge's addresses as peers see them. */
  readonly own: Pick<OwnAddresses, 'side' | 'sideTowards'>;
  /** RFC 3263: where a URI's server is, the best place for a request of that size first; empty when there is none. */
  readonly locate: Locate;
  readonly timers?: Partial<ProxyTimers>;
  readonly listener: ProxyListener;
  /** Default: there is no relay, and media flows directly. */
  readonly mediaAnchor?: MediaAnchor;
  /** Counts what media could not be had. */
  readonly mediaCounters?: MediaCounters;
}

/** Drives response contexts: forwards copies, relays answers, passes cancellations on (RFC 3261 §16.6 to §16.10). */
export class Proxy {
  readonly #options: ProxyOptions;
  readonly #awaited: AwaitedPhones;
  readonly #copies: Copies;
  readonly #media: MediaParking;
  readonly #effects: ProxyEffect<EdgeTarget>[] = [];
  readonly #settle = (): void => this.#drain();
  #draining = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#media = new MediaParking(options.mediaAnchor, options.mediaCounters);
    this.#awaited = new AwaitedPhones({ ...options, settle: this.#settle });
    this.#copies = new Copies({ ...options, media: this.#media, awaited: this.#awaited, settle: this.#settle });
  }

  /** Takes a request on and forwards it to its target set; not if it was cancelled while that was looked for. */
  forward(input: ProxyInput, targets: readonly EdgeTarget[]): void {
    const proxied = this.#accepted(input);
    if (isAnswered(proxied.transaction)) {
      proxied.span.end();
      return;
    }
    proxied.context.start(this.#options.stack.now(), targets);
    this.#drain();
  }

  #accepted(input: ProxyInput): ProxiedRequest {
    const { stack, timers } = this.#options;
    const { request, transaction } = input;
    const context = new EdgeResponseContext(
      {
        method: request.method,
        wheel: stack.wheel,
        effects: this.#effects,
        maxBreadth: incomingMaxBreadth(request) ?? 0,
        ...(timers === undefined ? {} : { timers }),
        ...(input.recursion === undefined ? {} : { recursion: input.recursion }),
      },
      this.#settle,
    );
    const proxied: ProxiedRequest = {
      ...input,
      outgoing: request,
      lastHop: input.lastHop ?? false,
      again: input.again,
      context,
      loopDigest: loopDigest(request),
      branches: [],
      booked: undefined,
      callStage: 'new',
      parked: undefined,
      relay: 'unused',
    };
    context.user = proxied;
    transaction.user = proxied;
    return proxied;
  }

  /** RFC 3261 §16.10: passes a CANCEL on to the pending branches of the request it cancels. */
  cancel(cancelled: InviteServerTransaction<Flow>, cancel: SipRequest): void {
    const { stack } = this.#options;
    const proxied = cancelled.user as ProxiedRequest | undefined;
    if (proxied === undefined) {
      // It is still parked for a lookup: nothing was sent, so RFC 3261 §9.2 is this element's to apply.
      if (!isAnswered(cancelled)) stack.reply(cancelled, 487);
      return;
    }
    proxied.context.cancel(stack.now(), cancel);
    this.#drain();
  }

  responded(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    const slot = transaction.user as BranchOf | AnsweredInvite;
    if (slot instanceof AnsweredInvite) {
      slot.relay(this.#options.stack, response);
      return;
    }
    if (response.statusCode >= 200) {
      slot.span.set('sip.status_code', response.statusCode);
      slot.span.end();
      this.#media.ended(slot, response.statusCode);
    } else if (response.statusCode > 100) slot.hasRung = true;
    const { target, proxied, hop } = slot;
    const trusted = responseBetween(response, target.trustClass, proxied.origin.trustClass);
    const passOn = (): void =>
      this.#media.response(slot, trusted, (decided) => {
        proxied.context.responseReceived(this.#options.stack.now(), slot.branch, decided);
        this.#drain();
      });
    // RFC 5626 §5.3: the last hop says that the flow is gone; the binding goes with it.
    // A pod that doesn't have the conference, or opens none any more, says 503.
    const isElsewhere = response.statusCode === 430 || (response.statusCode === 503 && target.focus !== undefined);
    if (isElsewhere) this.#awaited.await(proxied, target, hop, 'flow-gone', passOn);
    else passOn();
  }

  failed(transaction: ClientTransaction<Flow>, failure: BranchFailure): void {
    const slot = transaction.user as BranchOf | undefined;
    // A CANCEL's own transaction belongs to no branch.
    if (slot === undefined) return;
    slot.span.fail(failure);
    slot.span.end();
    this.#media.ended(slot, FAILURE_STATUS[failure]);
    const { context } = slot.proxied;
    const now = this.#options.stack.now();
    const isClosed = failure === 'transport' && transaction.flow.closed;
    const again = isClosed ? secondWay(slot) : undefined;
    if (again !== undefined) context.addTargets(now, [again]);
    const fail = (): void => context.branchFailed(this.#options.stack.now(), slot.branch, failure);
    if (isClosed && slot.target.focus !== undefined)
      this.#awaited.await(slot.proxied, slot.target, slot.hop, 'owner-away', fail);
    else fail();
    this.#drain();
  }

  /** Forwards the ACK of a 2xx (RFC 3261 §16.11), which has no transaction. Where it can't be sent it is dropped. */
  forwardStateless(...ack: Parameters<Copies['forwardStateless']>): void {
    this.#copies.forwardStateless(...ack);
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    const effects = this.#effects;
    for (let at = 0; at < effects.length; at++) this.#carryOut(effects[at] as ProxyEffect<EdgeTarget>);
    effects.length = 0;
    this.#draining = false;
  }

  #carryOut(effect: ProxyEffect<EdgeTarget>): void {
    const { stack, listener } = this.#options;
    const proxied = effect.context.user as ProxiedRequest;
    switch (effect.type) {
      case 'resolve':
        this.#resolve(proxied, effect.branch, effect.target);
        return;
      case 'forward':
        this.#copies.forward(proxied, effect);
        return;
      case 'respond':
        this.#respond(proxied, effect.answer);
        return;
      case 'cancelBranch': {
        const branch = proxied.branches[effect.branch];
        if (branch?.kind === 'invite-client') stack.cancel(branch, cancelHeaders(effect.reason));
        else if (branch === undefined) this.#copies.cancel(proxied, effect.branch);
        return;
      }
      case 'abandonBranch': {
        const branch = proxied.branches[effect.branch];
        if (branch !== undefined) {
          stack.abandon(branch);
          this.#media.ended(branch.user as BranchOf, FAILURE_STATUS.timeout);
        }
        return;
      }
      case 'finished':
        listener.finished(proxied, effect.outcome);
        proxied.span.end();
        this.#letGo(proxied, effect.outcome);
        return;
    }
  }

  /** Every branch has ended: what the transactions still wait for, up to 64*T1 long, needs little or nothing of the request. */
  #letGo({ transaction, branches, origin, relay }: ProxiedRequest, outcome: ForkOutcome): void {
    // Where the description in a 2xx was replaced, it has to be in its repetitions too.
    if (relay === 'used') return;
    transaction.user = undefined;
    if (isAnswered(transaction)) transaction.releaseRequest();
    for (const branch of branches) {
      if (branch === undefined) continue;
      if (branch.state === 'accepted' || branch.kind === 'non-invite-client') branch.releaseRequest();
      const { target } = branch.user as BranchOf;
      branch.user =
        outcome === 'answered' && transaction.kind === 'invite-server'
          ? new AnsweredInvite(transaction, target.trustClass, origin.trustClass)
          : undefined;
    }
  }

  #resolve(proxied: ProxiedRequest, branch: number, target: EdgeTarget): void {
    const { stack, location, locate } = this.#options;
    const resolved = (hops: readonly Hop[], others: readonly EdgeTarget[]): void => {
      const now = stack.now();
      target.hops = hops;
      proxied.context.resolved(now, branch, hops.length);
      if (others.length > 0) proxied.context.addTargets(now, others);
      this.#drain();
    };
    const { routed, request } = proxied;
    if (target.redirectedTo === undefined)
      locate(nextHopOf(routed, target), (hops) => resolved(hops, []), forwardedBytes(request));
    else
      followRedirect(within(location, proxied.span), routed.requestUri, target, target.redirectedTo, (others) =>
        resolved(target.hops, others),
      );
  }

  #respond(proxied: ProxiedRequest, answer: UpstreamAnswer): void {
    const { stack, listener } = this.#options;
    const { transaction, span } = proxied;
    if (answer.kind === 'generated') {
      // RFC 3261 §16.7 step 6 makes 500 of a server's 503; where the server is a part of this platform, the 503 is the platform's own.
      const away = (proxied.service !== undefined || proxied.relay === 'missing') && answer.statusCode === 500;
      // RFC 5626 §5.3: to the edge that has asked for this flow, which knows of others, its end is 430.
      const isFlowGone = proxied.lastHop && answer.statusCode === FAILURE_STATUS['flow-gone'];
      const statusCode = away ? 503 : isFlowGone ? 430 : answer.statusCode;
      span.set('sip.status_code', statusCode);
      stack.reply(transaction, statusCode, away ? { headers: [[Header.RetryAfter, String(awayRetryAfterSec())]] } : {});
      listener.answered(proxied, statusCode, undefined);
      return;
    }
    const { response } = answer;
    const raw = relayResponse(response, answer);
    // A response whose only Via was ours was asked for by nobody behind us.
    if (raw === undefined) return;
    const { statusCode } = response;
    if (statusCode >= 200) span.set('sip.status_code', statusCode);
    const { request, origin } = proxied;
    if (
      request.method === 'REGISTER' &&
      statusCode >= 200 &&
      statusCode < 300 &&
      origin.addressOfRecord !== undefined
    ) {
      // Before the phone knows: its next request may need the new binding.
      const { location, registered } = this.#options;
      const tenantId = origin.tenant?.tenantId ?? '';
      location.registered(tenantId, origin.addressOfRecord);
      registered?.(proxied.ingress.flow, tenantId, origin.addressOfRecord, boundDevice(request));
    }
    stack.respond(transaction, statusCode, raw);
    listener.answered(proxied, statusCode, response);
  }
}

/** Whether a final response was given: what is found out later is for nobody. */
function isAnswered({ state }: ServerTransaction<Flow>): boolean {
  return state !== 'proceeding' && state !== 'trying';
}
