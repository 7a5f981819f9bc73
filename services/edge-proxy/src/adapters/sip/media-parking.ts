import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { CallFacts } from '../../domain/call-facts.js';
import { hasSessionDescription, requestWithBody, responseWithBody } from '../../domain/session-description.js';
import { directMedia, type MediaAnchor } from '../../ports/media-anchor.js';
import type { BranchOf } from './proxied-request.js';

/** A request on its way through. */
export interface ParkedRequest {
  readonly request: SipRequest;
  outgoing: SipRequest;
  readonly call: CallFacts | undefined;
  readonly lastHop: boolean;
}

/** Parks messages with a session description until the media anchor has decided about them (D12). */
export class MediaParking {
  constructor(private readonly anchor: MediaAnchor) {}

  /** Whether nothing is ever decided: every message goes on as it is. */
  get isDirect(): boolean {
    return this.anchor === directMedia;
  }

  /** Calls `proceed` when the request may go on, or `refuse` when it may not; at once where there is nothing to decide. */
  request(proxied: ParkedRequest, proceed: () => void, refuse: (statusCode: number) => void): void {
    if (proxied.lastHop || !hasSessionDescription(proxied.request)) {
      proceed();
      return;
    }
    this.anchor.request(proxied.request, proxied.call, (decision) => {
      if (decision.kind === 'refuse') {
        refuse(decision.statusCode);
        return;
      }
      if (decision.kind === 'replace')
        proxied.outgoing = requestWithBody(proxied.request, decision.contentType, decision.body);
      proceed();
    });
  }

  /** Calls `proceed` with the response as it is to go on. What comes after it on its branch waits behind it. */
  response(branch: BranchOf, response: SipResponse, proceed: (response: SipResponse) => void): void {
    const { proxied } = branch;
    if (branch.parked !== undefined) {
      branch.parked.push(response);
      return;
    }
    if (proxied.lastHop || !hasSessionDescription(response)) {
      proceed(response);
      return;
    }
    const waiting: SipResponse[] = [];
    branch.parked = waiting;
    this.anchor.response(response, proxied.request, proxied.call, (decision) => {
      branch.parked = undefined;
      proceed(decision.kind === 'replace' ? responseWithBody(response, decision.contentType, decision.body) : response);
      for (const next of waiting) this.response(branch, next, proceed);
    });
  }
}
