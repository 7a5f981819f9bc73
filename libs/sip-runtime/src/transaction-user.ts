import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type {
  ClientTransaction,
  InviteServerTransaction,
  ServerTransaction,
  Transaction,
} from '@ringdown/sip-transaction';
import type { Envelope, Flow } from '@ringdown/sip-transport';

/** How a request came in. */
export interface Ingress {
  /** The flow it came on, which isn't always the one its response goes to (RFC 3261 §18.2.2). */
  readonly flow: Flow;
  /** What the platform knows of it, where it came over SipLink. */
  readonly envelope: Envelope | undefined;
  /** The stack's clock when it came, in milliseconds. */
  readonly receivedAt: number;
}

/**
 * The transaction user (RFC 3261 §5): what stands above the transactions. Every call is synchronous, in the order things
 * happened, and the state they tell of is already in force. What needs a wait keeps the transaction and acts later.
 */
export interface TransactionUser {
  /** A request that begins a transaction. Every one is answered in the end. */
  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void;
  /** A CANCEL, which is answered with 200, or 481 where there is nothing to cancel (RFC 3261 §9.2). */
  onCancel(
    transaction: ServerTransaction<Flow>,
    request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
    ingress: Ingress,
  ): void;
  /** An ACK for a 2xx, or one that matches nothing. Never answered. */
  onAck(request: SipRequest, ingress: Ingress, transaction: InviteServerTransaction<Flow> | undefined): void;
  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void;
  /** A response to this element that matches no transaction: of another edge behind the same address, or late. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
  /** No response in time, to be treated as 408 (RFC 3261 §8.1.3.1). */
  onTimeout(transaction: ClientTransaction<Flow>): void;
  /** It could not be sent, to be treated as 503 (RFC 3261 §8.1.3.1); of a server transaction: its response was lost. */
  onTransportError(transaction: Transaction<Flow>): void;
  onTerminated(transaction: Transaction<Flow>): void;
  /** Timers on the stack's wheel have fired: who has some of its own there carries out what they have left. */
  onAdvanced?(): void;
  /** No ACK came for a final response other than 2xx (timer H); there is nothing left to do about it. */
  onAckTimeout?(transaction: InviteServerTransaction<Flow>): void;
}
