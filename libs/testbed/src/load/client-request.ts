import type { HeardMessage } from './heard-message.js';
import type { Wire } from './wire.js';

const t1Ms = 500;
const t2Ms = 4_000;
const timeoutMs = 64 * t1Ms;

export interface ClientRequestOptions {
  readonly method: string;
  readonly branch: string;
  readonly text: string;
  readonly provisional?: (response: HeardMessage) => void;
  readonly final: (response: HeardMessage) => void;
  /** No final answer came: it was waited for in vain, or the connection broke. */
  readonly unanswered: (why: 'timeout' | 'connection lost') => void;
  readonly retransmitted: () => void;
}

/** A client transaction of RFC 3261 §17.1 as far as a phone needs it: sends again over UDP, gives up after 64 × T1. */
export class ClientRequest {
  readonly #options: ClientRequestOptions;
  readonly #wire: Wire;
  #repeat: NodeJS.Timeout | undefined;
  #intervalMs = t1Ms;
  readonly #deadline: NodeJS.Timeout;
  #isOver = false;
  hasProvisional = false;

  constructor(wire: Wire, options: ClientRequestOptions) {
    this.#options = options;
    this.#wire = wire;
    wire.send(options.text);
    if (!wire.isReliable) this.#repeat = setTimeout(() => this.#retransmit(), this.#intervalMs);
    this.#deadline = setTimeout(() => this.#end(() => options.unanswered('timeout')), timeoutMs);
  }

  get method(): string {
    return this.#options.method;
  }

  get text(): string {
    return this.#options.text;
  }

  get branch(): string {
    return this.#options.branch;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  receive(response: HeardMessage): void {
    if (this.#isOver) return;
    if ((response.status ?? 0) < 200) {
      this.hasProvisional = true;
      // §17.1.1.2: an INVITE that was heard is not sent again.
      if (this.method === 'INVITE') clearTimeout(this.#repeat);
      this.#options.provisional?.(response);
      return;
    }
    this.#end(() => this.#options.final(response));
  }

  connectionLost(): void {
    if (!this.#isOver) this.#end(() => this.#options.unanswered('connection lost'));
  }

  /** The phone gives up waiting. */
  abandon(): void {
    if (!this.#isOver) this.#end(() => {});
  }

  #retransmit(): void {
    this.#options.retransmitted();
    this.#wire.send(this.#options.text);
    this.#intervalMs = this.method === 'INVITE' ? this.#intervalMs * 2 : Math.min(this.#intervalMs * 2, t2Ms);
    this.#repeat = setTimeout(() => this.#retransmit(), this.#intervalMs);
  }

  #end(tell: () => void): void {
    this.#isOver = true;
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    tell();
  }
}
