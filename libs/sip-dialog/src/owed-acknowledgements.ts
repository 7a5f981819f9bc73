import { Header } from '@ringdown/sip-message';
import type { TransactionFlow } from '@ringdown/sip-transaction';
import type { Dialog, RequestContent, RequestDraft } from './dialog.js';
import type { UserAgentContext } from './user-agent-effect.js';

/** How many INVITEs' ACKs are kept to answer a 2xx that comes again. */
const kept = 2;

/** The ACKs for 2xx to this side's INVITEs within one dialog (RFC 3261 §13.2.2.4). */
export class OwedAcknowledgements<F extends TransactionFlow> {
  readonly #context: UserAgentContext<F>;
  readonly #dialog: Dialog;
  /** By the sequence number of the INVITE; the ACK once it was sent. */
  readonly #owed = new Map<number, { readonly invite: RequestDraft; ack: RequestDraft | undefined }>();

  constructor(context: UserAgentContext<F>, dialog: Dialog) {
    this.#context = context;
    this.#dialog = dialog;
  }

  /** This INVITE had a 2xx. */
  keep(invite: RequestDraft): void {
    this.#owed.set(invite.cseq, { invite, ack: undefined });
    const [oldest] = this.#owed.keys();
    if (this.#owed.size > kept && oldest !== undefined) this.#owed.delete(oldest);
  }

  /** Sends the ACK for the INVITE with this number, or the latest. False when it was sent before: ACKs don't change. */
  send(content: RequestContent, cseq = Math.max(...this.#owed.keys())): boolean {
    const owed = this.#owed.get(cseq);
    if (owed === undefined || owed.ack !== undefined) return false;
    // RFC 3261 §13.2.2.4: the ACK has the same credentials as the INVITE.
    const credentials = owed.invite.headers.filter(
      ([name]) => name === Header.Authorization || name === Header.ProxyAuthorization,
    );
    owed.ack = this.#dialog.acknowledgement(cseq, {
      ...content,
      headers: [...credentials, ...(content.headers ?? [])],
    });
    this.#context.effects.push({ type: 'acknowledge', draft: owed.ack });
    return true;
  }

  /** A 2xx came again: so does its ACK. False where there is none for it. */
  sendAgain(cseq: number): boolean {
    const owed = this.#owed.get(cseq);
    if (owed?.ack === undefined) return owed !== undefined;
    this.#context.effects.push({ type: 'acknowledge', draft: owed.ack });
    return true;
  }
}
