import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type { InviteClientTransaction } from './invite-client-transaction.js';
import type { InviteServerTransaction } from './invite-server-transaction.js';
import type { NonInviteClientTransaction } from './non-invite-client-transaction.js';
import type { NonInviteServerTransaction } from './non-invite-server-transaction.js';
import type { TimerValues } from './timer-values.js';
import type { TimerWheel } from './timer-wheel.js';

/** What the machines need to know of a transport: whether it retransmits by itself (RFC 3261 §17). */
export interface TransactionFlow {
  readonly reliable: boolean;
}

export type ClientTransaction<F extends TransactionFlow> = InviteClientTransaction<F> | NonInviteClientTransaction<F>;
export type ServerTransaction<F extends TransactionFlow> = InviteServerTransaction<F> | NonInviteServerTransaction<F>;
export type Transaction<F extends TransactionFlow> = ClientTransaction<F> | ServerTransaction<F>;

/** A request as a client transaction begins with it. */
export interface OutgoingRequest {
  readonly raw: string;
  readonly method: string;
  /** The branch of its topmost Via, which is this element's. */
  readonly branch: string;
  /** What was read from the text, where somebody has read it. */
  readonly parsed: SipRequest | undefined;
}

/** A request that somebody has read, as a client transaction begins with it. */
export function outgoingOf(request: SipRequest): OutgoingRequest {
  return { raw: request.raw, method: request.method, branch: request.topmostVia.branch ?? '', parsed: request };
}

/** What the layer wants done or known. The transaction's state is already the one after the event. */
export type TransactionEffect<F extends TransactionFlow> =
  | { readonly type: 'send'; readonly flow: F; readonly raw: string; readonly transaction: Transaction<F> }
  /** A request that begins a transaction, for the TU. */
  | { readonly type: 'request'; readonly transaction: ServerTransaction<F>; readonly request: SipRequest }
  /** A CANCEL that begins its own transaction; the TU answers it: 200 where `cancelled` is given, else 481 (RFC 3261 §9.2). */
  | {
      readonly type: 'cancel';
      readonly transaction: ServerTransaction<F>;
      readonly request: SipRequest;
      readonly cancelled: InviteServerTransaction<F> | undefined;
    }
  /** An ACK for a 2xx, or one that matches nothing: for the TU. */
  | {
      readonly type: 'ack';
      readonly request: SipRequest;
      readonly flow: F;
      readonly transaction: InviteServerTransaction<F> | undefined;
    }
  | { readonly type: 'response'; readonly transaction: ClientTransaction<F>; readonly response: SipResponse }
  /** A response that matches no client transaction. RFC 6026 §7.2 and RFC 4320 §4.3: a proxy must not forward it. */
  | { readonly type: 'strayResponse'; readonly response: SipResponse; readonly flow: F }
  /** Timer B or F: no response, or no final response, within 64*T1. */
  | { readonly type: 'timeout'; readonly transaction: ClientTransaction<F> }
  /** Timer H: no ACK for a 300-699 response within 64*T1. */
  | { readonly type: 'ackTimeout'; readonly transaction: InviteServerTransaction<F> }
  | { readonly type: 'transportError'; readonly transaction: Transaction<F> }
  | { readonly type: 'terminated'; readonly transaction: Transaction<F> };

/** What a machine works on: the wheel and the effects that the caller owns, and the table it is taken from when it ends. */
export interface TransactionContext<F extends TransactionFlow> {
  readonly wheel: TimerWheel;
  readonly effects: TransactionEffect<F>[];
  readonly timers: TimerValues;
  /** Called once by each machine, in its terminated state. */
  forget(transaction: Transaction<F>): void;
}

/**
 * What became of a response that a TU handed to a server transaction. `ignored-` names the state, or the rule, that
 * forbids it:
 * - `ignored-408-to-non-invite`: RFC 4320 §4.2
 * - `ignored-provisional-to-non-invite`: RFC 4320 §4.1, a provisional response other than 100
 * - `ignored-early-100`: RFC 4320 §4.1, a 100 on an unreliable transport before timer E can have reached T2; the
 *   machine sends its own when that time comes
 */
export type RespondResult =
  | 'sent'
  | 'ignored-accepted'
  | 'ignored-completed'
  | 'ignored-confirmed'
  | 'ignored-terminated'
  | 'ignored-408-to-non-invite'
  | 'ignored-provisional-to-non-invite'
  | 'ignored-early-100';
