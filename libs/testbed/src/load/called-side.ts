import type { CallSide } from './asking.js';
import { CallDialog } from './call-dialog.js';
import type { HeardMessage } from './heard-message.js';
import type { Phone } from './phone.js';
import { sessionDescription } from './session-description.js';

const t1Ms = 500;
const t2Ms = 4_000;
const giveUpMs = 64 * t1Ms;

export interface CalledSideEvents {
  readonly acknowledged: () => void;
  readonly byeReceived: () => void;
  readonly forkedTwice: () => void;
}

/** The callee of a call: rings, answers after a while or never, sends the answer again until its ACK comes. */
export class CalledSide implements CallSide {
  readonly dialog: CallDialog;
  readonly #phone: Phone;
  readonly #invite: HeardMessage;
  readonly #events: CalledSideEvents;
  readonly #tag = `c${Math.random().toString(36).slice(2, 10)}`;
  #last = '';
  #repeat: NodeJS.Timeout | undefined;
  #answering: NodeJS.Timeout | undefined;
  #state: 'ringing' | 'answered' | 'refused' | 'acknowledged' = 'ringing';

  /** `ringMs` undefined: it rings until it is cancelled. */
  constructor(phone: Phone, invite: HeardMessage, ringMs: number | undefined, events: CalledSideEvents) {
    this.#phone = phone;
    this.#invite = invite;
    this.#events = events;
    this.dialog = CallDialog.ofCallee(phone, invite, this.#tag);
    phone.addSide(invite.callId, this);
    this.#last = phone.respond(invite, 180, this.#tag, [`Contact: ${phone.contact}`]);
    if (ringMs !== undefined) this.#answering = setTimeout(() => this.#answer(), ringMs);
  }

  request(request: HeardMessage): void {
    switch (request.method) {
      case 'INVITE':
        if (request.branch === this.#invite.branch) this.#phone.send(this.#last);
        else if (request.toTag === '') {
          this.#events.forkedTwice();
          this.#phone.respond(request, 482, this.#tag);
        }
        return;
      case 'ACK':
        clearTimeout(this.#repeat);
        if (this.#state !== 'answered') return;
        this.#state = 'acknowledged';
        this.#events.acknowledged();
        return;
      case 'CANCEL':
        this.#phone.respond(request, 200, this.#tag);
        if (this.#state === 'ringing') this.#finish('refused', 487, [], '');
        return;
      default:
        this.#phone.respond(request, 200, this.#tag);
        if (request.method === 'BYE') {
          clearTimeout(this.#repeat);
          this.#events.byeReceived();
        }
    }
  }

  repeatedAnswer(): void {}

  end(): void {
    clearTimeout(this.#answering);
    clearTimeout(this.#repeat);
    this.#phone.removeSide(this.#invite.callId);
  }

  #answer(): void {
    if (this.#phone.wire === undefined) return;
    const { contact, options } = this.#phone;
    this.#finish(
      'answered',
      200,
      [`Contact: ${contact}`, 'Content-Type: application/sdp'],
      sessionDescription(options.localHost),
    );
  }

  /** RFC 3261 §13.3.1.4: a 2xx again until its ACK, over any transport; other answers only over UDP (§17.2.1). */
  #finish(state: 'answered' | 'refused', status: number, headers: readonly string[], body: string): void {
    this.#state = state;
    clearTimeout(this.#answering);
    this.#last = this.#phone.respond(this.#invite, status, this.#tag, headers, body);
    if (status >= 300 && this.#phone.wire?.isReliable === true) return;
    let waitMs = t1Ms;
    let waitedMs = 0;
    const again = () => {
      waitedMs += waitMs;
      if (waitedMs >= giveUpMs) return;
      this.#phone.send(this.#last);
      waitMs = Math.min(waitMs * 2, t2Ms);
      this.#repeat = setTimeout(again, waitMs);
    };
    this.#repeat = setTimeout(again, waitMs);
  }
}
