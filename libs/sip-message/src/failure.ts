import type { AnswerableRequest } from './answerable-request.js';

/** Why one header value or URI could not be read. `offset` counts characters from the start of the text that was given. */
export class HeaderFailure {
  readonly kind = 'failure';
  /** Stable, kebab-case. */
  readonly code: string;
  readonly offset: number;
  /** A sentence for people. */
  readonly reason: string;

  constructor(code: string, offset: number, reason: string) {
    this.code = code;
    this.offset = offset;
    this.reason = reason;
  }
}

/** Why a message could not be read, and how to answer it. `offset` counts bytes from the start of the message. */
export class ParseFailure {
  readonly kind = 'failure';
  /** Stable, kebab-case. */
  readonly code: string;
  readonly offset: number;
  /** A sentence for people; also fit as the reason phrase of the answer. */
  readonly reason: string;
  /** 505 for another SIP version (RFC 3261 §21.5.6), else 400 (§21.4.1). */
  readonly statusCode: 400 | 505;
  /** What an answer copies, or undefined when no answer may or can be given (responses, ACK, no Via): then drop it. */
  readonly partial: AnswerableRequest | undefined;

  constructor(
    code: string,
    offset: number,
    reason: string,
    statusCode: 400 | 505,
    partial: AnswerableRequest | undefined,
  ) {
    this.code = code;
    this.offset = offset;
    this.reason = reason;
    this.statusCode = statusCode;
    this.partial = partial;
  }
}
