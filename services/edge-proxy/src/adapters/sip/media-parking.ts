import { directory } from '@ringdown/contracts';
import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { BranchFailure } from '@ringdown/sip-proxy';
import type { Ingress } from '@ringdown/sip-runtime';
import type { CallFacts } from '../../domain/call-facts.js';
import { conferenceFocus } from '../../domain/conference.js';
import type { EdgeTarget } from '../../domain/hop.js';
import { decideMedia, isBrowser, type MediaSide, translatedSource } from '../../domain/media-decision.js';
import { bindingSide, mixerSide, platformSide, senderSide } from '../../domain/media-sides.js';
import { type DescriptionRole, roleInRequest, roleInResponse } from '../../domain/offer-answer-role.js';
import { type OfferFacts, offerFacts } from '../../domain/offer-facts.js';
import { mediaCallId, type RelayedMedia } from '../../domain/relayed-media.js';
import type { Origin } from '../../domain/request-in-hand.js';
import { requestWithBody, responseWithBody, type SessionPart, sessionPart } from '../../domain/session-description.js';
import type { DescriptionOutcome, DescriptionStep, MediaAnchor } from '../../ports/media-anchor.js';
import type { OpenWay } from './forwarding.js';
import type { BranchOf } from './proxied-request.js';

/** A request of which a copy is about to leave. */
export interface MediaRequest {
  readonly request: SipRequest;
  readonly ingress: Ingress;
  readonly call: CallFacts | undefined;
  readonly origin: Pick<Origin, 'leg'>;
}

/** What a branch whose media is relayed remembers. */
export interface BranchMedia {
  readonly media: RelayedMedia;
  /** The address that the far side sends from. */
  readonly farHost: string | undefined;
  /** The last response's body as it came and as it went, for a 2xx that is repeated. */
  answered: { readonly came: string; readonly went: string } | undefined;
}

/** What is to be done about the media of a copy; undefined where there is nothing to do. */
export type Placement =
  | { readonly kind: 'relayed'; readonly branch: BranchMedia }
  | { readonly kind: 'failed'; readonly failure: BranchFailure }
  | undefined;

/** A copy's request and media when it may leave, or why it may not. */
export type MediaOutcome =
  | { readonly kind: 'ready'; readonly outgoing: SipRequest; readonly branch: BranchMedia }
  | { readonly kind: 'failed'; readonly failure: BranchFailure };

export interface MediaCounters {
  /** Calls between a browser and a phone on a platform without a relay. */
  unbridged: number;
  /** Responses that went on as they came, since the relay could not be had for them. */
  unchanged: number;
}

export function newMediaCounters(): MediaCounters {
  return { unbridged: 0, unchanged: 0 };
}

/**
 * Takes the media of calls through the relay, where it has to go there (D12): decides it for each copy of an INVITE, and parks every message of
 * such a call that carries a session description until the relay has rewritten it. What it needs to know later is in the sealed route.
 */
export class MediaParking {
  constructor(
    private readonly anchor: MediaAnchor | undefined,
    private readonly counters: MediaCounters = newMediaCounters(),
  ) {}

  /** Decides at once, before a copy leaves by `way`. */
  place(
    { request, ingress, call, origin }: MediaRequest,
    copy: number,
    target: EdgeTarget,
    hop: number,
    way: OpenWay,
  ): Placement {
    if (call === undefined) return undefined;
    const { media } = call;
    if (media.kind === 'direct') return undefined;
    if (media.kind === 'relayed') {
      const { host } = farSide(target, hop, way);
      // Without a relay of its own this edge can't do its part: the re-offer fails, the session goes on as it was.
      if (this.anchor === undefined) return sessionPart(request) === undefined ? undefined : noRelay;
      return { kind: 'relayed', branch: { media: media.media, farHost: host, answered: undefined } };
    }
    if (request.method !== 'INVITE') return undefined;
    if (this.anchor === undefined) return this.#unanchored(media.policy, ingress, origin, target, hop, way);
    const isService = way.kind === 'link' && target.bindings[hop] === undefined && target.focus === undefined;
    if (isService && media.policy !== directory.MediaRelay.ALWAYS) return undefined;
    const part = sessionPart(request);
    const offer = part === undefined ? undefined : offerFacts(part.sdp);
    const far =
      target.focus === undefined ? farSide(target, hop, way) : mixerSide(target.focus.mediaHosts, offer?.family);
    // What isn't RTP flows directly, and so does what can't be read: whoever gets it says what is wrong with it.
    if (part !== undefined && offer === undefined) return undefined;
    const decision = decideMedia(media.policy, decidingSide({ request, ingress, origin }, offer), far, offer);
    if (decision.kind === 'direct') return undefined;
    const node = this.anchor.place(decision.reason);
    if (node === undefined) return noRelay;
    const { originator, terminator } = decision;
    const placed = { node, branch: copy & 0xff, originator, terminator, offerless: part === undefined };
    return { kind: 'relayed', branch: { media: placed, farHost: far.host, answered: undefined } };
  }

  /** Has the description of a request rewritten, if it carries one. Calls `outcome` exactly once, at once where there is nothing to do. */
  request(
    { request, ingress, call }: MediaRequest,
    branch: BranchMedia,
    outcome: (outcome: MediaOutcome) => void,
  ): void {
    const { media } = branch;
    const part = sessionPart(request);
    const role = part === undefined ? undefined : roleInRequest(request.method, media.offerless);
    if (part === undefined || role === undefined || call === undefined || this.anchor === undefined) {
      outcome({ kind: 'ready', outgoing: request, branch });
      return;
    }
    const step = requestStep({ request, ingress }, call, part, role, media);
    this.anchor.describe(step, (described) => outcome(outgoingWith(described, request, part, branch)));
  }

  /** Calls `proceed` with the response as it is to go on. What comes after it on its branch waits behind it. */
  response(slot: BranchOf, response: SipResponse, proceed: (response: SipResponse) => void): void {
    const { media: branch, proxied } = slot;
    if (branch === undefined) {
      proceed(response);
      return;
    }
    if (slot.parked !== undefined) {
      slot.parked.push(response);
      return;
    }
    const part = response.statusCode < 300 ? sessionPart(response) : undefined;
    const step = part === undefined ? undefined : responseStep(response, part, branch, proxied);
    if (part === undefined || step === undefined || this.anchor === undefined) {
      proceed(response);
      return;
    }
    const { answered } = branch;
    if (answered?.came === response.body) {
      proceed(responseWithBody(response, part.contentType, answered.went));
      return;
    }
    const waiting: SipResponse[] = [];
    slot.parked = waiting;
    this.anchor.describe(step, (described) => {
      slot.parked = undefined;
      if (described.kind === 'described') {
        const body = part.bodyWith(described.sdp);
        branch.answered = { came: response.body, went: body };
        proceed(responseWithBody(response, part.contentType, body));
      } else {
        // A proxy can't take back what the far end has accepted. A later re-INVITE is anchored anew.
        this.counters.unchanged++;
        proceed(response);
      }
      for (const next of waiting) this.response(slot, next, proceed);
    });
  }

  /** Gives the relay's ports back when a branch's answer, or that there is none, ends what it was relayed for. */
  ended({ media: branch, proxied }: BranchOf, statusCode: number): void {
    if (branch !== undefined && endsMedia(proxied.request, statusCode)) this.release(proxied, branch);
  }

  release({ call }: Pick<MediaRequest, 'call'>, { media }: BranchMedia): void {
    if (call !== undefined) this.anchor?.release(mediaCallId(call.key, media), media.node);
  }

  /** On the path of every call of a platform without a relay: it looks at no description. */
  #unanchored(
    policy: directory.MediaRelay,
    { flow }: Ingress,
    origin: Pick<Origin, 'leg'>,
    target: EdgeTarget,
    hop: number,
    way: OpenWay,
  ): Placement {
    if (policy === directory.MediaRelay.ALWAYS) return noRelay;
    const far = target.bindings[hop]?.flow?.receivedTransport ?? way.flow.transport;
    if (isBrowser(flow.transport) === isBrowser(far)) return undefined;
    this.counters.unbridged++;
    // A mixer is sure not to understand a browser: who calls hears of it, not silence.
    return target.focus === undefined && !isMixers(origin) ? undefined : notAcceptable;
  }
}

const noRelay: Placement = { kind: 'failed', failure: 'no-relay' };
const notAcceptable: Placement = { kind: 'failed', failure: 'not-acceptable' };

/** A BYE ends a call whatever its answer is but a challenge (RFC 3261 §15.1.1); an INVITE that fails never began one. */
function endsMedia(request: SipRequest, statusCode: number): boolean {
  if (request.method === 'BYE') return statusCode >= 200 && statusCode !== 401 && statusCode !== 407;
  return request.method === 'INVITE' && request.toTag === undefined && statusCode >= 300;
}

function requestStep(
  { request, ingress }: Pick<MediaRequest, 'request' | 'ingress'>,
  call: CallFacts,
  part: SessionPart,
  role: DescriptionRole,
  media: RelayedMedia,
): DescriptionStep {
  return {
    role,
    mediaCallId: mediaCallId(call.key, media),
    node: media.node,
    isNew: call.media.kind === 'undecided',
    offererTag: (role === 'offer' ? request.fromTag : request.toTag) ?? '',
    answererTag: role === 'offer' ? request.toTag : request.fromTag,
    sdp: part.sdp,
    to: call.from === 'originator' ? media.terminator : media.originator,
    source: translatedSource(nearSide(request, ingress).host, offerFacts(part.sdp)),
    offer: undefined,
  };
}

function outgoingWith(
  described: DescriptionOutcome,
  request: SipRequest,
  part: SessionPart,
  branch: BranchMedia,
): MediaOutcome {
  switch (described.kind) {
    case 'described': {
      const outgoing = requestWithBody(request, part.contentType, part.bodyWith(described.sdp));
      const { media } = branch;
      return { kind: 'ready', outgoing, branch: { ...branch, media: { ...media, node: described.node } } };
    }
    case 'refused':
      return { kind: 'failed', failure: 'not-acceptable' };
    case 'away':
      return { kind: 'failed', failure: 'no-relay' };
  }
}

function responseStep(
  response: SipResponse,
  part: SessionPart,
  { media, farHost }: BranchMedia,
  proxied: MediaRequest,
): DescriptionStep | undefined {
  const { request, call } = proxied;
  const offered = sessionPart(request);
  const asked = offered === undefined ? undefined : roleInRequest(request.method, media.offerless);
  const role = roleInResponse(request.method, asked);
  if (role === undefined || call === undefined) return undefined;
  return {
    role,
    mediaCallId: mediaCallId(call.key, media),
    node: media.node,
    isNew: false,
    offererTag: (role === 'answer' ? response.fromTag : response.toTag) ?? '',
    answererTag: role === 'answer' ? response.toTag : response.fromTag,
    sdp: part.sdp,
    to: call.from === 'originator' ? media.originator : media.terminator,
    source: translatedSource(farHost, offerFacts(part.sdp)),
    offer: offered === undefined ? undefined : requestStep(proxied, call, offered, 'offer', media),
  };
}

/** Whether a conference calls. */
function isMixers({ leg }: Pick<Origin, 'leg'>): boolean {
  return leg.kind === 'service' && leg.service === conferenceFocus;
}

/** Who begins a call; of a conference its offer says where its media is. */
function decidingSide(
  { request, ingress, origin }: Omit<MediaRequest, 'call'>,
  offer: OfferFacts | undefined,
): MediaSide {
  return isMixers(origin) ? mixerSide(offer?.addresses ?? [], offer?.family) : nearSide(request, ingress);
}

/** Who sent it, also where another edge received it. */
function nearSide(request: SipRequest, { flow, envelope }: Ingress): MediaSide {
  if (flow.transport !== 'SIPLINK') return senderSide(request, flow.transport, flow.remote);
  const { ingressTransport, source } = envelope ?? {};
  return ingressTransport === undefined || source === undefined
    ? platformSide
    : senderSide(request, ingressTransport, source);
}

function farSide({ bindings }: EdgeTarget, hop: number, way: OpenWay): MediaSide {
  const binding = bindings[hop];
  if (binding?.flow !== undefined) return bindingSide(binding, binding.flow);
  if (way.kind === 'link') return platformSide;
  return { transport: way.flow.transport, host: way.flow.remote.host, contactHost: undefined };
}
