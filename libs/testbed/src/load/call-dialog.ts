import { nextBranch } from './asking.js';
import type { HeardMessage } from './heard-message.js';
import { uriOf } from './heard-message.js';
import type { Phone } from './phone.js';

/** One side's half of a dialog (RFC 3261 §12): what its requests are made of. */
export class CallDialog {
  readonly #phone: Phone;
  readonly #callId: string;
  readonly #local: string;
  readonly #remote: string;
  readonly #target: string;
  readonly #routes: readonly string[];
  #cseq: number;
  #acknowledgement = '';

  /** Of the caller, by the answer. */
  static ofCaller(phone: Phone, answer: HeardMessage): CallDialog {
    const [from = '', to = ''] = [answer.values('from')[0], answer.values('to')[0]];
    return new CallDialog(phone, answer, {
      local: from,
      remote: to,
      routes: answer.values('record-route').toReversed(),
      cseq: answer.cseq,
    });
  }

  /** Of the callee, by the INVITE. */
  static ofCallee(phone: Phone, invite: HeardMessage, tag: string): CallDialog {
    const [from = '', to = ''] = [invite.values('from')[0], invite.values('to')[0]];
    return new CallDialog(phone, invite, {
      local: `${to};tag=${tag}`,
      remote: from,
      routes: invite.values('record-route'),
      cseq: 0,
    });
  }

  private constructor(
    phone: Phone,
    message: HeardMessage,
    { local, remote, routes, cseq }: { local: string; remote: string; routes: readonly string[]; cseq: number },
  ) {
    this.#phone = phone;
    this.#callId = message.callId;
    this.#local = local;
    this.#remote = remote;
    this.#target = uriOf(message.values('contact')[0] ?? '');
    this.#routes = routes;
    this.#cseq = cseq;
  }

  /** Sends the ACK of the 2xx, the same each time but for a new connection's Via. */
  acknowledge(cseq: number): void {
    if (this.#phone.wire === undefined) return;
    if (this.#acknowledgement === '') {
      const lines = [
        `ACK ${this.#target} SIP/2.0`,
        `Via: ${this.#phone.via(nextBranch())}`,
        'Max-Forwards: 70',
        ...this.#headers(),
        `CSeq: ${cseq} ACK`,
        'Content-Length: 0',
      ];
      this.#acknowledgement = `${lines.join('\r\n')}\r\n\r\n`;
    }
    this.#phone.send(this.#acknowledgement);
  }

  /** Sends BYE and says with which status, or why without one, it ended. */
  bye(ended: (outcome: number | string) => void): void {
    this.#phone.ask({
      method: 'BYE',
      uri: this.#target,
      headers: this.#headers(),
      nextCseq: () => (this.#cseq += 1),
      final: ({ status = 0 }) => ended(status),
      unanswered: (why) => ended(why),
    });
  }

  #headers(): string[] {
    return [
      ...this.#routes.map((route) => `Route: ${route}`),
      `From: ${this.#local}`,
      `To: ${this.#remote}`,
      `Call-ID: ${this.#callId}`,
    ];
  }
}
