import { noSpan } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import { type BranchFailure, incomingMaxBreadth, loopDigest, type ProxyEffect } from '@ringdown/sip-proxy';
import type { EdgeTarget, Hop } from '../../domain/hop.js';
import { isSips } from '../../domain/sips.js';
import { nextHopOf } from '../../domain/targets.js';
import type { AwaitedPhones } from './awaited-phones.js';
import { Forwarding, type OpenWay } from './forwarding.js';
import type { BranchMedia, MediaOutcome, MediaParking } from './media-parking.js';
import { isSecureWay } from './outbound.js';
import type { BranchOf, ProxiedRequest, ProxyInput } from './proxied-request.js';
import type { ProxyOptions } from './proxy.js';

/** A copy that a response context wants sent. */
type Wanted = Extract<ProxyEffect<EdgeTarget>, { type: 'forward' }>;

export interface CopiesOptions extends ProxyOptions {
  readonly media: MediaParking;
  readonly awaited: AwaitedPhones;
  /** Carries out what a response context was told outside of the proxy's calls. */
  readonly settle: () => void;
}

/** Sends the copies of requests, each when its way is open and the relay of media has done its part. */
export class Copies {
  readonly #options: CopiesOptions;
  readonly #forwarding: Forwarding;

  constructor(options: CopiesOptions) {
    this.#options = options;
    this.#forwarding = new Forwarding(options);
  }

  forward(proxied: ProxiedRequest, wanted: Wanted): void {
    const { media, settle } = this.#options;
    const way = this.#wayOf(proxied, wanted);
    if (way === undefined) return;
    const placement = media.place(proxied, wanted.branch, wanted.target, wanted.hop, way);
    if (placement === undefined) {
      this.#send(proxied, wanted, way, undefined);
      return;
    }
    if (placement.kind === 'failed') {
      this.#fail(proxied, wanted, placement.failure);
      return;
    }
    proxied.parked ??= new Set();
    proxied.parked.add(wanted.branch);
    media.request(proxied, placement.branch, (outcome) => {
      this.#unpark(proxied, wanted, placement.branch, outcome);
      settle();
    });
  }

  /** Ends a branch whose copy still waits for the relay of media: nothing was sent, so nothing will answer. */
  cancel({ parked, context }: ProxiedRequest, branch: number): void {
    if (parked?.delete(branch) === true) context.branchFailed(this.#options.stack.now(), branch, 'timeout');
  }

  /**
   * Forwards a request that has no transaction: the ACK of a 2xx (RFC 3261 §16.11). Where it can't be sent it is dropped; the callee repeats
   * its 2xx until one arrives.
   */
  forwardStateless(
    input: Omit<ProxyInput, 'transaction' | 'service' | 'recursion' | 'span'>,
    target: EdgeTarget,
  ): void {
    const { outbound, locate, media } = this.#options;
    const { request, routed } = input;
    const send = (hops: readonly Hop[]): void => {
      const hop = hops[0];
      if (hop === undefined) return;
      const way = outbound.find(hop, request.method);
      if ((way.kind !== 'wire' && way.kind !== 'link') || !mayTake(way, routed.requestUri)) return;
      const reached = { ...target, hops };
      const placement = media.place(input, 0, reached, 0, way);
      if (placement === undefined) this.#sendStateless(input, request, reached, way);
      // Nothing answers an ACK: without a relay for the answer in it the far end repeats its 2xx, and there is another.
      else if (placement.kind === 'relayed')
        media.request(input, placement.branch, (outcome) => {
          if (outcome.kind === 'ready') this.#sendStateless(input, outcome.outgoing, reached, way);
        });
    };
    if (target.hops.length > 0) send(target.hops);
    else locate(nextHopOf(routed, target), send, forwardedBytes(request));
  }

  /** The relay of media has done its part for a copy. */
  #unpark(proxied: ProxiedRequest, wanted: Wanted, placed: BranchMedia, outcome: MediaOutcome): void {
    const isWanted = proxied.parked?.delete(wanted.branch) === true;
    if (isWanted && outcome.kind === 'failed') {
      this.#fail(proxied, wanted, outcome.failure);
      return;
    }
    // Cancelled meanwhile, or the way has closed.
    const way = isWanted ? this.#wayOf(proxied, wanted) : undefined;
    if (way === undefined || outcome.kind === 'failed') {
      if (proxied.call?.media.kind === 'undecided') this.#options.media.release(proxied, placed);
      return;
    }
    proxied.relay = 'used';
    this.#send(proxied, wanted, way, outcome);
  }

  #fail(proxied: ProxiedRequest, { branch }: Wanted, failure: BranchFailure): void {
    if (failure === 'no-relay' && proxied.relay === 'unused') proxied.relay = 'missing';
    proxied.context.branchFailed(this.#options.stack.now(), branch, failure);
  }

  /** The way that a hop means now; where there is none, the branch has failed. */
  #wayOf(proxied: ProxiedRequest, wanted: Wanted): OpenWay | undefined {
    const { target, hop } = wanted;
    const way = this.#options.outbound.find(target.hops[hop] as Hop, proxied.request.method);
    if (way.kind === 'wire' || way.kind === 'link') {
      if (mayTake(way, proxied.routed.requestUri)) return way;
      this.#fail(proxied, wanted, 'not-secure');
      return undefined;
    }
    if (way.kind !== 'unreachable')
      this.#options.awaited.await(proxied, target, hop, way.kind, () => this.#fail(proxied, wanted, 'flow-gone'));
    else if (target.focus !== undefined)
      this.#options.awaited.await(proxied, target, hop, 'owner-away', () => this.#fail(proxied, wanted, 'transport'));
    else this.#fail(proxied, wanted, 'transport');
    return undefined;
  }

  #send(
    proxied: ProxiedRequest,
    { branch, target, hop, maxBreadth }: Wanted,
    way: OpenWay,
    relayed: Extract<MediaOutcome, { kind: 'ready' }> | undefined,
  ): void {
    const { stack, tracing, listener } = this.#options;
    const { method } = proxied.request;
    const span = tracing.startSpan(`${method} to ${target.hops[hop]?.kind ?? ''}`, proxied.span.traceparent, {
      kind: 'client',
    });
    const media = relayed?.branch;
    const slot: BranchOf = { proxied, branch, hop, target, span, media, hasRung: false, parked: undefined };
    const original =
      relayed === undefined ? proxied : { ...proxied, outgoing: relayed.outgoing, media: relayed.branch.media };
    const copy = this.#forwarding.copy(original, target, hop, way, maxBreadth);
    const envelope = way.kind === 'link' ? this.#forwarding.envelope(proxied, way.targetFlowToken, span) : undefined;
    const outgoing = { raw: copy.raw, method, branch: copy.branch, parsed: undefined };
    proxied.branches[branch] = stack.sendWritten(outgoing, way.flow, slot, envelope);
    listener.forwarded(proxied, target);
  }

  #sendStateless(
    input: Omit<ProxyInput, 'transaction' | 'service' | 'recursion' | 'span'>,
    outgoing: SipRequest,
    target: EdgeTarget,
    way: OpenWay,
  ): void {
    const { request } = input;
    const original = { ...input, outgoing, loopDigest: loopDigest(request) };
    const { raw } = this.#forwarding.copy(original, target, 0, way, incomingMaxBreadth(request) ?? 1);
    if (way.kind === 'wire') this.#options.stack.sendStateless(raw, way.flow);
    else
      this.#options.stack.sendStateless(raw, way.flow, this.#forwarding.envelope(input, way.targetFlowToken, noSpan));
  }
}

/** What a copy may come to with this edge's Via, Record-Route and identity headers: too much rather than too little. */
const writtenBytes = 500;

/** The size that a request is sent on with, for the choice of a transport (RFC 3261 §18.1.1). */
export function forwardedBytes(request: SipRequest): number {
  return request.raw.length + writtenBytes;
}

/** RFC 5630 §5.3, RFC 3261 §26.2.2: what is asked for by sips is encrypted on every hop. */
function mayTake(way: OpenWay, requestUri: string): boolean {
  return !isSips(requestUri) || isSecureWay(way);
}
