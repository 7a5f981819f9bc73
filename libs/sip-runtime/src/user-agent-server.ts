import {
  Header,
  type HeaderField,
  type ResponseOptions,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import type {
  ClientTransaction,
  InviteServerTransaction,
  RespondResult,
  ServerTransaction,
  Transaction,
} from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { SipStack } from './sip-stack.js';
import type { Ingress, TransactionUser } from './transaction-user.js';

/** The one way to answer a request. Answers that come too late are ignored, and the result says so. */
export interface Reply {
  (statusCode: number, options?: ResponseOptions): RespondResult;
  /** Aborts when the request was cancelled; it has then been answered with 487. */
  readonly cancelled: boolean;
}

/** Answers one request, now or later. A rejection, like an exception, is a bug and answered with 500. */
export type RequestHandler = (request: SipRequest, ingress: Ingress, reply: Reply) => void | Promise<void>;

/** What a user agent server serves. */
export interface UserAgentServerOptions {
  /** By method, in capitals. A method that isn't here is answered with 405; OPTIONS is answered by itself. */
  readonly methods: Readonly<Record<string, RequestHandler>>;
  /** Option tags that a Require may name. */
  readonly supported?: readonly string[];
  /** Added to every response of its own making. */
  readonly headers?: readonly HeaderField[];
  readonly onAck?: (request: SipRequest, ingress: Ingress) => void;
  readonly onBug: (error: unknown) => void;
}

/**
 * The general behaviour of a user agent server (RFC 3261 §8.2) for services that only answer requests, such as a registrar or
 * a redirect server: method, scheme and Require are checked, CANCEL is answered, each request goes to its handler.
 */
export class UserAgentServer implements TransactionUser {
  readonly #stack: SipStack;
  readonly #options: UserAgentServerOptions;
  readonly #allow: string;
  readonly #replies = new WeakMap<ServerTransaction<Flow>, { cancelled: boolean }>();

  constructor(stack: SipStack, options: UserAgentServerOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#allow = [...new Set([...Object.keys(options.methods), 'OPTIONS', 'CANCEL'])].join(', ');
  }

  onRequest(transaction: ServerTransaction<Flow>, request: SipRequest, ingress: Ingress): void {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      this.#reply(transaction, refusal.statusCode, refusal.headers === undefined ? {} : { headers: refusal.headers });
      return;
    }
    const handler = this.#options.methods[request.method];
    if (handler === undefined) {
      // RFC 3261 §11.2: OPTIONS is answered as an INVITE would be, with what this element can do.
      this.#reply(transaction, 200, { headers: this.#abilities() });
      return;
    }
    const state = { cancelled: false };
    this.#replies.set(transaction, state);
    const reply = Object.defineProperty(
      (statusCode: number, options?: ResponseOptions) => this.#reply(transaction, statusCode, options),
      'cancelled',
      { get: () => state.cancelled },
    ) as Reply;
    const failed = (error: unknown): void => {
      this.#reply(transaction, 500);
      this.#options.onBug(error);
    };
    try {
      const outcome = handler(request, ingress, reply);
      if (outcome instanceof Promise) outcome.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  onCancel(
    transaction: ServerTransaction<Flow>,
    _request: SipRequest,
    cancelled: InviteServerTransaction<Flow> | undefined,
  ): void {
    // RFC 3261 §9.2: 481 where nothing matches, otherwise 200, and 487 for what was still unanswered.
    if (cancelled === undefined) {
      this.#reply(transaction, 481);
      return;
    }
    this.#reply(transaction, 200);
    if (cancelled.state !== 'proceeding') return;
    const state = this.#replies.get(cancelled);
    if (state !== undefined) state.cancelled = true;
    this.#reply(cancelled, 487);
  }

  onAck(request: SipRequest, ingress: Ingress): void {
    this.#options.onAck?.(request, ingress);
  }

  onResponse(_transaction: ClientTransaction<Flow>, _response: SipResponse): void {}

  onStrayResponse(_response: SipResponse, _flow: Flow): void {}

  onTimeout(_transaction: ClientTransaction<Flow>): void {}

  onTransportError(_transaction: Transaction<Flow>): void {}

  onTerminated(_transaction: Transaction<Flow>): void {}

  /** RFC 3261 §8.2.1 to §8.2.2.3, in its order. */
  #refusal(request: SipRequest): { statusCode: number; headers?: readonly HeaderField[] } | undefined {
    if (request.method !== 'OPTIONS' && this.#options.methods[request.method] === undefined) {
      return { statusCode: 405, headers: [[Header.Allow, this.#allow]] };
    }
    if (request.uri.kind === 'other') return { statusCode: 416 };
    const supported = this.#options.supported ?? [];
    const unsupported = request.list(Header.Require).filter((tag) => !supported.includes(tag.toLowerCase()));
    if (unsupported.length > 0) return { statusCode: 420, headers: [[Header.Unsupported, unsupported.join(', ')]] };
    return undefined;
  }

  #abilities(): readonly HeaderField[] {
    const fields: HeaderField[] = [[Header.Allow, this.#allow]];
    const supported = this.#options.supported ?? [];
    if (supported.length > 0) fields.push([Header.Supported, supported.join(', ')]);
    return fields;
  }

  #reply(transaction: ServerTransaction<Flow>, statusCode: number, options: ResponseOptions = {}): RespondResult {
    const headers = [...(options.headers ?? []), ...(this.#options.headers ?? [])];
    return this.#stack.reply(transaction, statusCode, { ...options, headers });
  }
}
