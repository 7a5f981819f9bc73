import type { ClientTransaction, Transaction } from '@ringdown/sip-transaction';
import type { EnvelopeContext, Flow } from '@ringdown/sip-transport';

interface LinkRequest {
  readonly transaction: ClientTransaction<Flow>;
  readonly context: EnvelopeContext;
}

/** The client transactions whose requests go over SipLink: what travels beside them, and what a peer's notice calls them. */
export class LinkRequests {
  readonly #byName = new Map<string, LinkRequest>();

  add(transaction: ClientTransaction<Flow>, context: EnvelopeContext): void {
    this.#byName.set(nameOf(transaction, transaction.request.method), { transaction, context });
  }

  find(branch: string, method: string): ClientTransaction<Flow> | undefined {
    return this.#byName.get(`${method} ${branch}`)?.transaction;
  }

  /** What travels beside this transaction's messages; a CANCEL, like the ACK to a failure, goes with its INVITE. */
  contextOf(transaction: Transaction<Flow>): EnvelopeContext | undefined {
    const { method } = transaction.request;
    return this.#byName.get(nameOf(transaction, method === 'CANCEL' ? 'INVITE' : method))?.context;
  }

  remove(transaction: Transaction<Flow>): void {
    if (this.#byName.size === 0 || transaction.flow.transport !== 'SIPLINK') return;
    const name = nameOf(transaction, transaction.request.method);
    if (this.#byName.get(name)?.transaction === transaction) this.#byName.delete(name);
  }
}

function nameOf(transaction: Transaction<Flow>, method: string): string {
  return `${method} ${transaction.request.topmostVia.branch ?? ''}`;
}
