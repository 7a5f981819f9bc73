import type { ClientTransaction, Transaction } from '@ringdown/sip-transaction';
import type { EnvelopeContext, Flow } from '@ringdown/sip-transport';

interface LinkRequest {
  readonly transaction: ClientTransaction<Flow>;
  readonly context: EnvelopeContext;
  /** When it was sent; undefined once something has answered it. */
  sentAt: number | undefined;
}

/** The client transactions whose requests go over SipLink: what travels beside them, and what a peer's notice calls them. */
export class LinkRequests {
  readonly #byName = new Map<string, LinkRequest>();

  add(transaction: ClientTransaction<Flow>, context: EnvelopeContext, sentAt: number): void {
    this.#byName.set(nameOf(transaction.method, transaction.key), { transaction, context, sentAt });
  }

  /** When the request was sent to which something has now answered for the first time; undefined for what comes later. */
  firstAnswer(transaction: ClientTransaction<Flow>): number | undefined {
    const request = this.#byName.get(nameOf(transaction.method, transaction.key));
    if (request === undefined || request.transaction !== transaction) return undefined;
    const { sentAt } = request;
    request.sentAt = undefined;
    return sentAt;
  }

  find(branch: string, method: string): ClientTransaction<Flow> | undefined {
    return this.#byName.get(nameOf(method, branch))?.transaction;
  }

  /** What travels beside this transaction's messages; a CANCEL, like the ACK to a failure, goes with its INVITE. */
  contextOf(transaction: ClientTransaction<Flow>): EnvelopeContext | undefined {
    const { method } = transaction;
    return this.#byName.get(nameOf(method === 'CANCEL' ? 'INVITE' : method, transaction.key))?.context;
  }

  remove(transaction: Transaction<Flow>): void {
    if (this.#byName.size === 0 || transaction.flow.transport !== 'SIPLINK') return;
    if (transaction.kind !== 'invite-client' && transaction.kind !== 'non-invite-client') return;
    const name = nameOf(transaction.method, transaction.key);
    if (this.#byName.get(name)?.transaction === transaction) this.#byName.delete(name);
  }
}

/** The key of a client transaction is its branch. */
function nameOf(method: string, branch: string): string {
  return `${method} ${branch}`;
}
