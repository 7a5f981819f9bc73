import type { Logger } from '@ringdown/platform';
import { Header, type HeaderField } from '@ringdown/sip-message';
import type { SipStack } from '@ringdown/sip-runtime';
import type { ReceivedRequest } from './new-request.js';

/** How long a sender should wait before it asks again for a part of the platform that is away. */
export const awayRetryAfterSec = 5;

/** An answer of this edge's own. */
export interface OwnAnswer {
  readonly statusCode: number;
  /** Absent: the one of RFC 3261 §21. */
  readonly reasonPhrase?: string | undefined;
  readonly headers?: readonly HeaderField[];
  /** For the log; absent for what is no event. */
  readonly why?: string | undefined;
}

/** Answers requests that go no further, and says why in the log. */
export class Refusals {
  constructor(
    private readonly stack: SipStack,
    private readonly logger: Logger,
  ) {}

  answer(received: ReceivedRequest, { statusCode, reasonPhrase, headers, why }: OwnAnswer, tenant?: string): void {
    const { transaction, request, ingress } = received;
    this.stack.reply(transaction, statusCode, {
      ...(headers === undefined ? {} : { headers }),
      ...(reasonPhrase === undefined ? {} : { reasonPhrase }),
    });
    if (why === undefined) return;
    const { host, port } = ingress.flow.remote;
    this.logger.info(
      `${request.method} from ${request.from.uri} to ${request.requestUri} answered ${statusCode}: ${why}`,
      { callId: request.callId, tenant, source: `${ingress.flow.transport} ${host}:${port}` },
    );
  }

  /** The sender may come back soon (RFC 3261 §21.5.4). The reason is told once elsewhere, not per request. */
  later(received: ReceivedRequest, retryAfterSec: number, what: string): void {
    const { request } = received;
    this.stack.reply(received.transaction, 503, { headers: [[Header.RetryAfter, String(retryAfterSec)]] });
    this.logger.debug(`${request.method} answered 503: ${what}`, { callId: request.callId });
  }

  /** A part of the platform can't be reached. */
  away(received: ReceivedRequest, what: string): void {
    this.later(received, awayRetryAfterSec, `${what} can't be reached`);
  }
}
