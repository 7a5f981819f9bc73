import { parseMessage } from '@ringdown/sip-message';
import type { ServerTransaction, Transaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import { responseFlowAfterClose } from './response-flow.js';

/**
 * Responses that went another way because the connection of their request is gone (RFC 3261 §18.2.2), so that a failure
 * of that other way reaches the transaction.
 */
export class RedirectedResponses {
  readonly #byFlow = new Map<Flow, Set<ServerTransaction<Flow>>>();

  /** Sends the response to the address in the Via. Returns the flow that took it; undefined when there is no such way. */
  send(raw: string, transaction: Transaction<Flow>): Flow | undefined {
    if (transaction.kind !== 'invite-server' && transaction.kind !== 'non-invite-server') return undefined;
    // The response has the request's Via (RFC 3261 §8.2.6.2); the request itself may be let go of by now.
    const response = parseMessage(raw);
    if (response.kind !== 'response') return undefined;
    const flow = responseFlowAfterClose(response.topmostVia, transaction.flow);
    if (flow === undefined || !flow.send(raw)) return undefined;
    const waiting = this.#byFlow.get(flow);
    if (waiting === undefined) this.#byFlow.set(flow, new Set([transaction]));
    else waiting.add(transaction);
    return flow;
  }

  /** The transactions whose responses went over a flow that is gone; they are forgotten here. */
  take(flow: Flow): Iterable<ServerTransaction<Flow>> {
    const waiting = this.#byFlow.get(flow);
    if (waiting === undefined) return [];
    this.#byFlow.delete(flow);
    return waiting;
  }

  /** Forgets a transaction that has ended. */
  remove(transaction: Transaction<Flow>): void {
    if (this.#byFlow.size === 0) return;
    for (const [flow, waiting] of this.#byFlow) {
      for (const each of waiting) if (each === transaction) waiting.delete(each);
      if (waiting.size === 0) this.#byFlow.delete(flow);
    }
  }
}
