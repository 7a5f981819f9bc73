import type { LogFields, Logger, Tracing } from '@ringdown/platform';
import { reasonPhrase, type SipRequest } from '@ringdown/sip-message';
import type { Ingress, SipStack, TransactionUser } from '@ringdown/sip-runtime';
import type { InviteServerTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import { type Flow, formatHostPort } from '@ringdown/sip-transport';
import type { Answer } from '../../domain/answer.js';
import { type RedirectPorts, redirect } from '../../use-cases/redirect.js';

export interface RedirectServerOptions {
  readonly ports: RedirectPorts;
  readonly logger: Logger;
  readonly tracing: Tracing;
  /** How long location may take. */
  readonly timeoutMs: number;
  /** Told of every final answer to a request and how long it took. */
  readonly answered: (statusCode: number, durationMs: number) => void;
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
    const { ports, tracing, logger, timeoutMs, answered } = this.#options;
    const startedMs = performance.now();
    // What a bug is answered with.
    let code = 500;
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
      code = answer.statusCode;
      span.set('sip.status_code', answer.statusCode);
      if (answer.statusCode >= 400 && answer.statusCode !== 480 && answer.statusCode !== 503) {
        const why = answer.reasonPhrase ?? reasonPhrase(answer.statusCode);
        logger.info(`${request.method} refused with ${answer.statusCode}: ${why}`, {
          ...this.#facts(request, ingress),
          tenant: tenantId,
        });
      }
    } catch (error) {
      this.#stack.reply(transaction, 500);
      span.fail(error);
      logger.error(`${request.method} was answered with 500`, { ...this.#facts(request, ingress), error });
    } finally {
      span.end();
      answered(code, performance.now() - startedMs);
    }
  }

  /** What ties a line to a call and to who sent it. */
  #facts({ callId, method, cseq, requestUri }: SipRequest, { envelope, flow }: Ingress): LogFields {
    const source = formatHostPort(envelope?.source ?? flow.remote);
    return {
      traceId: this.#options.tracing.callTrace(callId, method, cseq.number).traceId,
      callId,
      source: `${envelope?.ingressTransport ?? flow.transport} ${source}`,
      requestUri,
    };
  }

  #answer(transaction: ServerTransaction<Flow>, { statusCode, reasonPhrase, headers }: Answer): void {
    this.#stack.reply(transaction, statusCode, reasonPhrase === undefined ? { headers } : { headers, reasonPhrase });
  }
}
