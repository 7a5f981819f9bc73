import type { DialOutOutcome, InvitationProgress } from '../domain/control-command.js';
import type { Conference } from '../use-cases/conference.js';

export interface DialOutRequest {
  readonly conference: Conference;
  /** A SIP or tel URI. */
  readonly target: string;
  readonly displayName: string | undefined;
  /** Who wants it, as a URI: a member's, or the conference's own for an operator. */
  readonly onBehalfOf: string;
  readonly onProgress: InvitationProgress | undefined;
}

/** Calls somebody into a conference. The implementation joins the new member by `Conferences.join` with `how: 'dialed-out'`. */
export interface DialOut {
  /** Resolves with the final outcome, which may take as long as a phone rings; never rejects. */
  invite(request: DialOutRequest): Promise<DialOutOutcome>;
}
