import { noSpan, type Tracing } from '@ringdown/platform';
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
import type { EdgeTarget, Hop } from '../../domain/hop.js';
import type { OwnAddresses } from '../../domain/own-addresses.js';
import { awayRetryAfterSec } from '../../domain/retry-after.js';
import { isSips } from '../../domain/sips.js';
import { nextHopOf } from '../../domain/targets.js';
import { responseBetween } from '../../domain/trust.js';
import type { LocationLookups } from '../../ports/lookups.js';
import type { MediaAnchor } from '../../ports/media-anchor.js';
import { AnsweredInvite } from './answered-invite.js';
import { EdgeResponseContext } from './edge-response-context.js';
import type { FlowTokens } from './flow-tokens.js';
import { Forwarding, type OpenWay } from './forwarding.js';
import type { Locate } from './locator.js';
import { type BranchMedia, type MediaCounters, type MediaOutcome, MediaParking } from './media-parking.js';
import { isSecureWay, type Outbound } from './outbound.js';
import type { BranchOf, ProxiedRequest, ProxyInput, ProxyListener } from './proxied-request.js';
import { followRedirect } from './redirected-target.js';
import { within } from './request-span.js';
import type { SealedCalls } from './sealed-calls.js';

export interface ProxyOptions {
  readonly stack: SipStack;
  readonly outbound: Outbound;
  readonly flowTokens: FlowTokens;
  readonly location: LocationLookups;
  readonly tracing: Tracing;
  readonly calls: SealedCalls;
  /** Told of each registration that was acknowledged, and the flow it came over. */
  readonly registered?: (flow: Flow, tenantId: string, addressOfRecord: string) => void;
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
  readonly #forwarding: Forwarding;
  readonly #media: MediaParking;
  readonly #effects: ProxyEffect<EdgeTarget>[] = [];
  readonly #settle = (): void => this.#drain();
  #draining = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#forwarding = new Forwarding(options);
    this.#media = new MediaParking(options.mediaAnchor, options.mediaCounters);
  }

  /** Takes a request on. */
  accept(input: ProxyInput): ProxiedRequest {
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
      context,
      loopDigest: loopDigest(request),
      branches: [],
      booked: undefined,
      parked: undefined,
      relay: 'unused',
    };
    context.user = proxied;
    transaction.user = proxied;
    return proxied;
  }

  /** Forwards an accepted request to its target set; not if it was cancelled while that was looked for. */
  start(proxied: ProxiedRequest, targets: readonly EdgeTarget[]): void {
    const { stack } = this.#options;
    if (isAnswered(proxied.transaction)) {
      proxied.span.end();
      return;
    }
    proxied.context.start(stack.now(), targets);
    this.#drain();
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
    }
    // RFC 5626 §5.3: the last hop says that the flow is gone; the binding goes with it.
    if (response.statusCode === 430) this.#takeBack(slot.target, slot.hop);
    const { target, proxied } = slot;
    const trusted = responseBetween(response, target.trustClass, proxied.origin.trustClass);
    this.#media.response(slot, trusted, (decided) => {
      proxied.context.responseReceived(this.#options.stack.now(), slot.branch, decided);
      this.#drain();
    });
  }

  failed(transaction: ClientTransaction<Flow>, failure: BranchFailure): void {
    const slot = transaction.user as BranchOf | undefined;
    // A CANCEL's own transaction belongs to no branch.
    if (slot === undefined) return;
    slot.span.fail(failure);
    slot.span.end();
    this.#media.ended(slot, FAILURE_STATUS[failure]);
    slot.proxied.context.branchFailed(this.#options.stack.now(), slot.branch, failure);
    this.#drain();
  }

  /**
   * Forwards a request that has no transaction: the ACK of a 2xx (RFC 3261 §16.11). Where it can't be sent it is dropped; the callee repeats
   * its 2xx until one arrives.
   */
  forwardStateless(
    input: Omit<ProxyInput, 'transaction' | 'service' | 'recursion' | 'span'>,
    target: EdgeTarget,
  ): void {
    const ack = {
      ...input,
      outgoing: input.request,
      loopDigest: loopDigest(input.request),
      lastHop: input.lastHop ?? false,
    };
    const send = (hops: readonly Hop[]): void => {
      const hop = hops[0];
      if (hop === undefined) return;
      const way = this.#options.outbound.find(hop, ack.request.method);
      if ((way.kind !== 'wire' && way.kind !== 'link') || !mayTake(way, ack.routed.requestUri)) return;
      const breadth = incomingMaxBreadth(ack.request) ?? 1;
      const reached = { ...target, hops };
      const sendBy = (open: OpenWay, outgoing: SipRequest): void => {
        const { raw } = this.#forwarding.copy({ ...ack, outgoing }, reached, 0, open, breadth);
        if (open.kind === 'wire') this.#options.stack.sendStateless(raw, open.flow);
        else open.flow.sendEnvelope(raw, this.#forwarding.envelope(ack, open.targetFlowToken, noSpan));
      };
      const placement = this.#media.place(ack, 0, reached, 0, way);
      if (placement === undefined) sendBy(way, ack.request);
      // Nothing answers an ACK: without a relay for the answer in it the far end repeats its 2xx, and there is another.
      else if (placement.kind === 'relayed')
        this.#media.request(ack, placement.branch, (outcome) => {
          if (outcome.kind === 'ready') sendBy(way, outcome.outgoing);
        });
    };
    if (target.hops.length > 0) send(target.hops);
    else this.#options.locate(nextHopOf(ack.routed, target), send, forwardedBytes(ack.request));
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
        this.#forward(proxied, effect.branch, effect.target, effect.hop, effect.maxBreadth);
        return;
      case 'respond':
        this.#respond(proxied, effect.answer);
        return;
      case 'cancelBranch': {
        const branch = proxied.branches[effect.branch];
        if (branch?.kind === 'invite-client') stack.cancel(branch, cancelHeaders(effect.reason));
        // Its copy still waits for the relay of media: nothing was sent, so nothing will answer.
        else if (proxied.parked?.delete(effect.branch) === true)
          proxied.context.branchFailed(stack.now(), effect.branch, 'timeout');
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

  #forward(proxied: ProxiedRequest, branch: number, target: EdgeTarget, hop: number, maxBreadth: number): void {
    const way = this.#wayOf(proxied, branch, target, hop);
    if (way === undefined) return;
    const placement = this.#media.place(proxied, branch, target, hop, way);
    if (placement === undefined) {
      this.#forwardBy(way, proxied, branch, target, hop, maxBreadth, undefined);
      return;
    }
    if (placement.kind === 'failed') {
      this.#fail(proxied, branch, placement.failure);
      return;
    }
    proxied.parked ??= new Set();
    proxied.parked.add(branch);
    this.#media.request(proxied, placement.branch, (outcome) => {
      this.#unpark(proxied, branch, target, hop, maxBreadth, outcome, placement.branch);
      this.#drain();
    });
  }

  /** The relay of media has done its part for a copy. */
  #unpark(
    proxied: ProxiedRequest,
    branch: number,
    target: EdgeTarget,
    hop: number,
    maxBreadth: number,
    outcome: MediaOutcome,
    placed: BranchMedia,
  ): void {
    if (proxied.parked?.delete(branch) !== true) {
      // Cancelled meanwhile.
      if (proxied.call?.media.kind === 'undecided') this.#media.release(proxied, placed);
      return;
    }
    if (outcome.kind === 'failed') {
      this.#fail(proxied, branch, outcome.failure);
      return;
    }
    // It may have closed meanwhile.
    const way = this.#wayOf(proxied, branch, target, hop);
    if (way === undefined) return;
    proxied.relay = 'used';
    this.#forwardBy(way, proxied, branch, target, hop, maxBreadth, outcome);
  }

  #fail(proxied: ProxiedRequest, branch: number, failure: BranchFailure): void {
    if (failure === 'no-relay' && proxied.relay === 'unused') proxied.relay = 'missing';
    proxied.context.branchFailed(this.#options.stack.now(), branch, failure);
  }

  /** The way that a hop means now; where there is none, the branch has failed. */
  #wayOf(proxied: ProxiedRequest, branch: number, target: EdgeTarget, hop: number): OpenWay | undefined {
    const { stack, outbound } = this.#options;
    const way = outbound.find(target.hops[hop] as Hop, proxied.request.method);
    if (way.kind === 'wire' || way.kind === 'link') {
      if (mayTake(way, proxied.routed.requestUri)) return way;
      proxied.context.branchFailed(stack.now(), branch, 'not-secure');
      return undefined;
    }
    if (way.kind === 'flow-gone') this.#takeBack(target, hop);
    proxied.context.branchFailed(stack.now(), branch, way.kind === 'unreachable' ? 'transport' : 'flow-gone');
    return undefined;
  }

  #forwardBy(
    way: OpenWay,
    proxied: ProxiedRequest,
    branch: number,
    target: EdgeTarget,
    hop: number,
    maxBreadth: number,
    relayed: Extract<MediaOutcome, { kind: 'ready' }> | undefined,
  ): void {
    const { tracing, listener } = this.#options;
    const { method } = proxied.request;
    const span = tracing.startSpan(`${method} to ${target.hops[hop]?.kind ?? ''}`, proxied.span.traceparent, {
      kind: 'client',
    });
    const slot: BranchOf = { proxied, branch, hop, target, span, media: relayed?.branch, parked: undefined };
    proxied.branches[branch] = this.#send(slot, way, maxBreadth, relayed?.outgoing);
    listener.forwarded(proxied, target);
  }

  #send(slot: BranchOf, way: OpenWay, maxBreadth: number, rewritten: SipRequest | undefined): ClientTransaction<Flow> {
    const { proxied, target, hop, span, media } = slot;
    const original = rewritten === undefined ? proxied : { ...proxied, outgoing: rewritten, media: media?.media };
    const { raw, branch } = this.#forwarding.copy(original, target, hop, way, maxBreadth);
    const envelope = way.kind === 'link' ? this.#forwarding.envelope(proxied, way.targetFlowToken, span) : undefined;
    const outgoing = { raw, method: proxied.request.method, branch, parsed: undefined };
    return this.#options.stack.sendWritten(outgoing, way.flow, slot, envelope);
  }

  #respond(proxied: ProxiedRequest, answer: UpstreamAnswer): void {
    const { stack, listener } = this.#options;
    const { transaction, span } = proxied;
    if (answer.kind === 'generated') {
      // RFC 3261 §16.7 step 6 makes 500 of a server's 503; where the server is a part of this platform, the 503 is the platform's own.
      const away = (proxied.service !== undefined || proxied.relay === 'missing') && answer.statusCode === 500;
      const statusCode = away ? 503 : answer.statusCode;
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
      registered?.(proxied.ingress.flow, tenantId, origin.addressOfRecord);
    }
    stack.respond(transaction, statusCode, raw);
    listener.answered(proxied, statusCode, response);
  }

  /** RFC 5626 §5.3: a binding whose flow is gone is removed; location compares the flow, so a phone that came back keeps its new one. */
  #takeBack(target: EdgeTarget, hop: number): void {
    const binding = target.bindings[hop];
    if (binding === undefined || target.addressOfRecord === undefined) return;
    this.#options.location.flowGone(target.tenantId, target.addressOfRecord, binding);
  }
}

/** What a copy may come to with this edge's Via, Record-Route and identity headers: too much rather than too little. */
const writtenBytes = 500;

function forwardedBytes(request: SipRequest): number {
  return request.raw.length + writtenBytes;
}

/** Whether a final response was given: what is found out later is for nobody. */
function isAnswered({ state }: ServerTransaction<Flow>): boolean {
  return state !== 'proceeding' && state !== 'trying';
}

/** RFC 5630 §5.3, RFC 3261 §26.2.2: what is asked for by sips is encrypted on every hop. */
function mayTake(way: OpenWay, requestUri: string): boolean {
  return !isSips(requestUri) || isSecureWay(way);
}
