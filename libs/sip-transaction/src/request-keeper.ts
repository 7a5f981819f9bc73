import { parseMessage, type SipRequest } from '@ringdown/sip-message';

/**
 * What every machine has: the request that began it. A transaction outlives its answer by up to 64*T1 only to absorb repetitions, and a
 * busy element has very many of those: they keep the text and not what was read from it.
 */
export abstract class RequestKeeper {
  readonly method: string;
  protected requestText: string;
  private parsed: SipRequest | undefined;

  protected constructor(method: string, requestText: string, parsed: SipRequest | undefined) {
    this.method = method;
    this.requestText = requestText;
    this.parsed = parsed;
  }

  /** The request; read again from its text where it was put away. Throws once the user has let go of it: that is a bug. */
  get request(): SipRequest {
    if (this.requestText === '') throw new Error('the user of this transaction has let go of its request');
    this.parsed ??= readAgain(this.requestText);
    return this.parsed;
  }

  /** The user has no more use for the request. To be called in a state in which the machine has none either: after a final response. */
  releaseRequest(): void {
    this.requestText = '';
    this.parsed = undefined;
  }

  /** Lets go of what was read from the text: nobody is expected to ask for it any more. */
  protected putRequestAway(): void {
    this.parsed = undefined;
  }
}

function readAgain(text: string): SipRequest {
  const message = parseMessage(text);
  if (message.kind !== 'request') throw new Error('the text of a transaction that began with a request is none');
  return message;
}
