export { buildAcknowledgement } from './acknowledgement.js';
export type { InviteClientState, InviteClientTransaction } from './invite-client-transaction.js';
export type { InviteServerState, InviteServerTransaction } from './invite-server-transaction.js';
export type { NonInviteClientState, NonInviteClientTransaction } from './non-invite-client-transaction.js';
export type { NonInviteServerState, NonInviteServerTransaction } from './non-invite-server-transaction.js';
export { type TimerSettings, type TimerValues, timerValues } from './timer-values.js';
export { type Expirable, NO_TIMER, type TimerHandle, TimerWheel } from './timer-wheel.js';
export {
  type ClientTransaction,
  type OutgoingRequest,
  outgoingOf,
  type RespondResult,
  type ServerTransaction,
  type Transaction,
  type TransactionEffect,
  type TransactionFlow,
} from './transaction.js';
export { hasMagicCookie, serverKey } from './transaction-key.js';
export { type CancelResult, type TransactionCounts, TransactionLayer } from './transaction-layer.js';
