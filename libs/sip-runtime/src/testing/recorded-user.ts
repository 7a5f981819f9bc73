import type { SipRequest, SipResponse } from '@ringdown/sip-message';
import type {
  ClientTransaction,
  InviteServerTransaction,
  ServerTransaction,
  Transaction,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Ingress, TransactionUser } from '../transaction-user.js';

/** Keeps what a stack tells, as short lines, and what a test looks at closer; reacts as the test says. */
export class RecordedUser implements TransactionUser {
  readonly log: string[] = [];
  readonly requests: { transaction: ServerTransaction<Flow>; request: SipRequest; ingress: Ingress }[] = [];
  readonly acks: { request: SipRequest; ingress: Ingress }[] = [];
  readonly responses: SipResponse[] = [];
  react: (transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress) => void = () => {};
  reactToCancel: (transaction: ServerTransaction<Flow>, cancelled: InviteServerTransaction<Flow> | undefined) => void =
    () => {};
  reactToResponse: (transaction: ClientTransaction<Flow>, response: SipResponse) => void = () => {};

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    this.log.push(`request ${request.method}`);
    this.requests.push({ transaction, request, ingress });
    this.react(transaction, request, ingress);
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    _request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    this.log.push(`cancel ${cancelled === undefined ? 'nothing' : 'INVITE'}`);
    this.reactToCancel(transaction, cancelled);
  }

  onAck(request: SipRequest, ingress: Ingress): void {
    this.log.push('ack');
    this.acks.push({ request, ingress });
  }

  onResponse(transaction: ClientTransaction<Flow>, response: SipResponse): void {
    this.log.push(`response ${response.statusCode}`);
    this.responses.push(response);
    this.reactToResponse(transaction, response);
  }

  onStrayResponse(response: SipResponse): void {
    this.log.push(`stray ${response.statusCode}`);
  }

  onTimeout(transaction: ClientTransaction<Flow>): void {
    this.log.push(`timeout ${transaction.request.method}`);
  }

  onTransportError(transaction: Transaction<Flow>): void {
    this.log.push(`transport-error ${transaction.kind}`);
  }

  onTerminated(transaction: Transaction<Flow>): void {
    this.log.push(`terminated ${transaction.kind}`);
  }

  onAckTimeout(): void {
    this.log.push('ack-timeout');
  }
}
