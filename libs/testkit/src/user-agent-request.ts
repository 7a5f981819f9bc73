import { OutgoingRequest, type RequestDraft, type RequestOwner, retried } from '@ringdown/sip-dialog';
import type { HeaderField, SipResponse } from '@ringdown/sip-message';

/** A request outside any dialog that makes none, such as REGISTER, OPTIONS and MESSAGE, until its final answer. */
export class UserAgentRequest implements RequestOwner {
  request: OutgoingRequest;
  response: SipResponse | undefined;
  /** Set when no answer came. */
  failure: 408 | 503 | undefined;
  readonly #send: (request: OutgoingRequest) => void;

  constructor(draft: RequestDraft, send: (request: OutgoingRequest) => void) {
    this.#send = send;
    this.request = new OutgoingRequest(draft, this);
  }

  start(): void {
    this.#send(this.request);
  }

  receiveResponse(_now: number, request: OutgoingRequest, response: SipResponse): void {
    if (response.statusCode >= 200 && request === this.request) this.response = response;
  }

  requestFailed(_now: number, request: OutgoingRequest, statusCode: 408 | 503): void {
    if (request === this.request) this.failure = statusCode;
  }

  retry(_now: number, request: OutgoingRequest, headers: readonly HeaderField[]): void {
    this.request = new OutgoingRequest(retried(request.draft, request.draft.cseq + 1, headers), this);
    this.start();
  }
}
