import type { Logger, Tracing } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import type { Ingress, SipStack, TransactionUser } from '@ringdown/sip-runtime';
import type { InviteServerTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Answer } from '../../domain/answer.js';
import { type RedirectPorts, redirect } from '../../use-cases/redirect.js';

export interface RedirectServerOptions {
  readonly ports: RedirectPorts;
  readonly logger: Logger;
  readonly tracing: Tracing;
  /** How long location may take. */
  readonly timeoutMs: number;
}

/**
 * The transaction user of a redirect server. RFC 3261 §8.3: it ignores features that it doesn't understand, be they header fields, option
 * tags in Require or methods, and redirects the request all the same; only CANCEL it answers as a user agent server would.
 */
export class RedirectServer implements TransactionUser {
  readonly #stack: SipStack;
  readonly #options: RedirectServerOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(stack: SipStack, options: RedirectServerOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    const work = this.#redirect(transaction, request, ingress).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    _request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    // RFC 3261 §9.2. The 3xx that is being looked up then comes too late and is dropped by its transaction.
    this.#stack.reply(transaction, cancelled === undefined ? 481 : 200);
    if (cancelled?.state === 'proceeding') this.#stack.reply(cancelled, 487);
  }

  onAck(): void {}

  onResponse(): void {}

  onStrayResponse(): void {}

  onTimeout(): void {}

  onTransportError(): void {}

  onTerminated(): void {}

  /** Resolves when what is under way now is answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #redirect(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): Promise<void> {
    const { ports, tracing, logger, timeoutMs } = this.#options;
    const parent =
      ingress.envelope?.traceparent ?? tracing.callTrace(request.callId, request.method, request.cseq.number);
    const span = tracing.startSpan(request.method, parent, { kind: 'server' });
    try {
      const asked = {
        requestUri: request.requestUri,
        originatingTenantId: ingress.envelope?.originatingTenantId,
      };
      const { answer, tenantId } = await redirect(ports, asked, { timeoutMs, traceparent: span.traceparent });
      this.#answer(transaction, answer);
      span.set('sip.status_code', answer.statusCode);
      if (answer.statusCode >= 400 && answer.statusCode !== 480 && answer.statusCode !== 503) {
        logger.info(`${request.method} refused with ${answer.statusCode}`, {
          callId: request.callId,
          tenant: tenantId,
          requestUri: request.requestUri,
          reason: answer.reasonPhrase,
        });
      }
    } catch (error) {
      this.#stack.reply(transaction, 500);
      span.fail(error);
      logger.error(`${request.method} was answered with 500`, { callId: request.callId, error });
    } finally {
      span.end();
    }
  }

  #answer(transaction: ServerTransaction<Flow>, { statusCode, reasonPhrase, headers }: Answer): void {
    this.#stack.reply(transaction, statusCode, reasonPhrase === undefined ? { headers } : { headers, reasonPhrase });
  }
}
