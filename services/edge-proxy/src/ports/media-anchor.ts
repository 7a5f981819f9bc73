import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { CallFacts } from '../domain/call-facts.js';

/** What becomes of a session description on its way: it stays, or another body stands for it (latin1, as every body). */
export type MediaDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly contentType: string; readonly body: string };

/** A request may also be refused, where no media path can be had. */
export type RequestMediaDecision = MediaDecision | { readonly kind: 'refuse'; readonly statusCode: number };

/**
 * Decides about media: a relay that stands in the media path rewrites the session descriptions of both directions. Asked for every message
 * that carries one, in the order of arrival within a branch. `decided` is called exactly once, at once or later; until then the message is
 * parked. A message that the network repeats is asked about again, so answers must not depend on how often.
 */
export interface MediaAnchor {
  /** `call` is absent for requests that belong to no call of the platform's. */
  request(request: SipRequest, call: CallFacts | undefined, decided: (decision: RequestMediaDecision) => void): void;
  /** `request` is the one that the response answers, as it was received. */
  response(
    response: SipResponse,
    request: SipRequest,
    call: CallFacts | undefined,
    decided: (decision: MediaDecision) => void,
  ): void;
}

const keep: MediaDecision = { kind: 'keep' };

/** No relay: media flows between the phones, as they agree. */
export const directMedia: MediaAnchor = {
  request: (_request, _call, decided) => decided(keep),
  response: (_response, _request, _call, decided) => decided(keep),
};
