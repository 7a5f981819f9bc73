import type { directory } from '@ringdown/contracts';
import type { SipResponse } from '@ringdown/sip-message';
import { relayResponse } from '@ringdown/sip-proxy';
import type { SipStack } from '@ringdown/sip-runtime';
import type { InviteServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { responseBetween } from '../../domain/trust.js';

/**
 * What is left of an INVITE once all its branches have ended and the caller has a 2xx: enough to pass on the 2xx that the callee repeats
 * until its ACK arrives, or that another fork sends (RFC 6026 §7.2). It stands in the `user` slot of the branch's transaction for 64*T1, and a
 * busy edge has very many of these, so that nothing of the request hangs on it.
 */
export class AnsweredInvite {
  constructor(
    private readonly transaction: InviteServerTransaction<Flow>,
    private readonly calleeTrust: directory.TrustClass,
    private readonly callerTrust: directory.TrustClass,
  ) {}

  /** RFC 3261 §16.7 step 5: every 2xx to an INVITE is forwarded, also late. */
  relay(stack: SipStack, response: SipResponse): void {
    const raw = relayResponse(responseBetween(response, this.calleeTrust, this.callerTrust));
    if (raw !== undefined) stack.respond(this.transaction, response.statusCode, raw);
  }
}
