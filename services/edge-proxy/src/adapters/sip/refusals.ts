import type { LogFields, Logger, Tracing } from '@ringdown/platform';
import { Header, type HeaderField } from '@ringdown/sip-message';
import type { SipStack } from '@ringdown/sip-runtime';
import { formatHostPort, type HostPort } from '@ringdown/sip-transport';
import { LogBudget } from '../../domain/log-budget.js';
import { awayRetryAfterSec } from '../../domain/retry-after.js';
import type { ReceivedRequest } from './new-request.js';

/** An answer of this edge's own. */
export interface OwnAnswer {
  readonly statusCode: number;
  /** Absent: the one of RFC 3261 §21. */
  readonly reasonPhrase?: string | undefined;
  readonly headers?: readonly HeaderField[];
  /** For the log; absent for what is no event. */
  readonly why?: string | undefined;
}

/** Answers requests that go no further. */
export interface Answers {
  /** `tenant` is whose request it was, where that is known. */
  answer(received: ReceivedRequest, answer: OwnAnswer, tenant?: string): void;
  /** The sender may come back soon (RFC 3261 §21.5.4). */
  later(received: ReceivedRequest, retryAfterSec: number, what: string, tenant?: string): void;
  /** A part of the platform can't be reached. */
  away(received: ReceivedRequest, what: string): void;
}

/** Answers them, and says why in the log: of each source so many times, then as a count. */
export class Refusals implements Answers {
  readonly #budget = new LogBudget();

  constructor(
    private readonly stack: SipStack,
    private readonly logger: Logger,
    private readonly tracing: Tracing,
  ) {}

  answer(received: ReceivedRequest, { statusCode, reasonPhrase, headers, why }: OwnAnswer, tenant?: string): void {
    const { transaction, request, span } = received;
    span.set('sip.status_code', statusCode);
    span.end();
    this.stack.reply(transaction, statusCode, {
      ...(headers === undefined ? {} : { headers }),
      ...(reasonPhrase === undefined ? {} : { reasonPhrase }),
    });
    if (why === undefined) return;
    const { host } = sourceOf(received);
    const allowance = this.#budget.take(this.stack.now(), host);
    if (allowance.kind === 'silent') return;
    if (allowance.silenced > 0)
      this.logger.info(`${allowance.silenced} more requests from ${host} were refused without a line`, {
        source: host,
      });
    this.logger.info(
      `${request.method} from ${request.from.uri} to ${request.requestUri} answered ${statusCode}: ${why}`,
      this.#facts(received, tenant),
    );
  }

  /** The reason is told once elsewhere, not per request. */
  later(received: ReceivedRequest, retryAfterSec: number, what: string, tenant?: string): void {
    const { request, span } = received;
    span.set('sip.status_code', 503);
    span.end();
    this.stack.reply(received.transaction, 503, { headers: [[Header.RetryAfter, String(retryAfterSec)]] });
    // The trace id costs a hash.
    if (this.logger.isEnabled('debug'))
      this.logger.debug(`${request.method} answered 503: ${what}`, this.#facts(received, tenant));
  }

  away(received: ReceivedRequest, what: string): void {
    this.later(received, awayRetryAfterSec(), `${what} can't be reached`);
  }

  /** What ties a line to a call and to who sent it. */
  #facts(received: ReceivedRequest, tenant: string | undefined): LogFields {
    const { callId, method, cseq } = received.request;
    const { envelope, flow } = received.ingress;
    return {
      traceId: this.tracing.callTrace(callId, method, cseq.number).traceId,
      callId,
      tenant,
      source: `${envelope?.ingressTransport ?? flow.transport} ${formatHostPort(sourceOf(received))}`,
    };
  }
}

/** Where a request came from: what another part of the platform handed on came from where that part had it from. */
function sourceOf({ ingress }: ReceivedRequest): HostPort {
  return ingress.envelope?.source ?? ingress.flow.remote;
}
