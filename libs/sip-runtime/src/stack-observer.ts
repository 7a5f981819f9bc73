import type { ClientTransaction, ServerTransaction, Transaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';

/** Where spans and histograms hook in: called per transaction, never per datagram. Must not throw. */
export interface StackObserver {
  /** A transaction begins; `transaction.user` is the place to keep what `transactionEnded` needs only if the TU doesn't use it. */
  transactionStarted?(transaction: Transaction<Flow>, now: number): void;
  transactionEnded?(transaction: Transaction<Flow>, now: number): void;
  /** A request that came in got its final response. */
  answered?(transaction: ServerTransaction<Flow>, statusCode: number): void;
  /** The first response to a request that went over SipLink came after so long. */
  linkAnswered?(transaction: ClientTransaction<Flow>, afterMs: number): void;
}

/** Plain counts since the stack began. */
export interface StackCounters {
  requests: number;
  responses: number;
  /** Messages that couldn't be read, by the parser's code. */
  readonly malformed: Map<string, number>;
  /** Of those, the ones that were answered. */
  rejected: number;
  /** Responses whose topmost Via isn't ours (RFC 3261 §18.1.2). */
  misdirected: number;
  /** Sends that failed at once. */
  sendFailures: number;
  /** Exceptions out of the transaction user. */
  bugs: number;
}

export function zeroCounters(): StackCounters {
  return { requests: 0, responses: 0, malformed: new Map(), rejected: 0, misdirected: 0, sendFailures: 0, bugs: 0 };
}
