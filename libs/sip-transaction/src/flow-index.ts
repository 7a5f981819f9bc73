import type { ClientTransaction, TransactionFlow } from './transaction.js';

/**
 * The client transactions of each reliable flow, as lists through the transactions themselves, so that a connection's end
 * costs what waits on it and not a walk over all transactions. Unreliable flows are too many and end too rarely to be listed.
 */
export class FlowIndex<F extends TransactionFlow> {
  private readonly heads = new Map<F, ClientTransaction<F>>();

  add(transaction: ClientTransaction<F>): void {
    if (!transaction.flow.reliable) return;
    const head = this.heads.get(transaction.flow);
    if (head !== undefined) {
      transaction.nextOnFlow = head;
      head.previousOnFlow = transaction;
    }
    this.heads.set(transaction.flow, transaction);
  }

  remove(transaction: ClientTransaction<F>): void {
    if (!transaction.flow.reliable) return;
    const { nextOnFlow, previousOnFlow } = transaction;
    if (nextOnFlow !== undefined) nextOnFlow.previousOnFlow = previousOnFlow;
    if (previousOnFlow !== undefined) previousOnFlow.nextOnFlow = nextOnFlow;
    else if (nextOnFlow !== undefined) this.heads.set(transaction.flow, nextOnFlow);
    else this.heads.delete(transaction.flow);
    transaction.nextOnFlow = undefined;
    transaction.previousOnFlow = undefined;
  }

  /** The transactions on the flow, oldest first, as they are now; changes afterwards don't disturb the answer. */
  on(flow: F): readonly ClientTransaction<F>[] {
    const transactions: ClientTransaction<F>[] = [];
    for (let each = this.heads.get(flow); each !== undefined; each = each.nextOnFlow) transactions.push(each);
    return transactions.reverse();
  }

  /** Flows with at least one transaction. */
  get size(): number {
    return this.heads.size;
  }
}
