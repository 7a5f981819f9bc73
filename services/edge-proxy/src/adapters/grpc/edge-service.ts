import { edge } from '@ringdown/contracts';
import type { Claim } from '@ringdown/sip-auth';
import type { MessagesOfEdge } from '../../use-cases/find-call-messages.js';
import { fromWire } from '../sip/edge-questions.js';
import type { HandedRequest, MisplacedRequest } from '../sip/neighbours.js';
import { foundToWire } from './captured-messages.js';

/** What answers other edges. */
export interface EdgeAnswers {
  /** Counts one use of a nonce of this edge's. */
  readonly claim: (nonce: string, nonceCount: number) => Claim;
  /** Whether a request that another edge got is taken here. */
  readonly take: (edgeId: string, request: MisplacedRequest | HandedRequest) => boolean;
  /** The messages of a call that this edge has; undefined where it keeps none. */
  readonly messages: (callId: string) => Promise<MessagesOfEdge> | undefined;
}

/** What other edges ask this one, beside SIP. */
export function edgeService({ claim, take, messages }: EdgeAnswers): edge.EdgeService {
  return {
    claimNonce: async ({ nonce, nonceCount }) => ({ claim: claimed[claim(nonce, nonceCount)] }),
    takeRequests: async ({ edgeId, requests }) => ({
      taken: requests.map((each) => {
        const request = fromWire(each);
        return request !== undefined && take(edgeId, request);
      }),
    }),
    findMessages: async ({ sipCallId }) => foundToWire(await messages(sipCallId)),
  };
}

const claimed: Readonly<Record<Claim, edge.NonceClaim>> = {
  ok: edge.NonceClaim.FRESH,
  replay: edge.NonceClaim.REPLAY,
  stale: edge.NonceClaim.STALE,
  foreign: edge.NonceClaim.FOREIGN,
};
