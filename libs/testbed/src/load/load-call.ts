import type { CallSide } from './asking.js';
import { CallDialog } from './call-dialog.js';
import { CalledSide } from './called-side.js';
import type { HeardMessage } from './heard-message.js';
import type { LoadCounts } from './load-counts.js';
import type { CallFailure, LoadPlan } from './load-plan.js';
import { monotonicMs } from './monotonic-clock.js';
import type { Phone } from './phone.js';
import { sessionDescription } from './session-description.js';

export interface LoadCallOptions {
  readonly number: number;
  readonly caller: Phone;
  readonly callee: Phone;
  readonly isToBeCancelled: boolean;
  readonly plan: LoadPlan;
  readonly counts: LoadCounts;
  readonly over: (call: LoadCall) => void;
}

/** An unanswered call is given up after this, and is a failure. */
const answerTimeoutMs = 12_000;
/** Nobody hangs up in the same moment as the other one's phone comes back: every edge has heard of that by then. */
const settledMs = 500;
/** How long a side stays after its call, for what is sent again. */
const lingerMs = 35_000;

/** One call with both its sides, so that each end is judged by what the other one saw. */
export class LoadCall implements CallSide {
  readonly callId: string;
  readonly #options: LoadCallOptions;
  readonly #startedAtMs = monotonicMs();
  #dialog: CallDialog | undefined;
  #called: CalledSide | undefined;
  #answer: HeardMessage | undefined;
  #wasHeard = false;
  #inviteCseq = 0;
  #isResent = false;
  #rang = false;
  #isAcknowledged = false;
  #isEstablished = false;
  #byes = { caller: false, callee: false };
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #askedAtMs = this.#startedAtMs;

  constructor(options: LoadCallOptions) {
    this.#options = options;
    this.callId = `call-${options.number}-${process.pid}-${Math.random().toString(36).slice(2)}`;
  }

  begin(): void {
    const { caller } = this.#options;
    caller.addSide(this.callId, this);
    this.#timer = setTimeout(() => this.#giveUp(), answerTimeoutMs);
    this.#invite();
  }

  #invite(): void {
    const { caller, callee, counts } = this.#options;
    caller.ask({
      method: 'INVITE',
      uri: callee.addressOfRecord,
      headers: [
        `From: <${caller.addressOfRecord}>;tag=a${this.#options.number}`,
        `To: <${callee.addressOfRecord}>`,
        `Call-ID: ${this.callId}`,
        `Contact: ${caller.contact}`,
        'Content-Type: application/sdp',
      ],
      body: sessionDescription(caller.options.localHost),
      nextCseq: () => (this.#inviteCseq += 1),
      provisional: (response) => this.#provisional(response),
      final: (response) => this.#final(response),
      unanswered: (why, wasHeard) => {
        this.#wasHeard ||= wasHeard;
        // RFC 3261 §8.1.3.1, RFC 3263 §4.3: a connection that breaks is a 503, and the client turns to the next server, once.
        if (why === 'connection lost' && !this.#wasHeard && !this.#isResent && !this.#isOver) {
          this.#isResent = true;
          counts.resent += 1;
          caller.whenReady(() => {
            if (!this.#isOver) this.#invite();
          });
        } else this.#fail(`INVITE: ${why}`);
      },
    });
  }

  /** A phone has got the INVITE. */
  arrived(phone: Phone, invite: HeardMessage): void {
    if (phone !== this.#options.callee) {
      this.#options.counts.misrouted += 1;
      phone.respond(invite, 404, 'misrouted');
      return;
    }
    const { callee, plan, counts, isToBeCancelled } = this.#options;
    this.#called = new CalledSide(callee, invite, isToBeCancelled ? undefined : plan.ringMs, {
      acknowledged: () => {
        this.#isAcknowledged = true;
        this.#established();
      },
      byeReceived: () => {
        this.#byes.callee = true;
      },
      forkedTwice: () => {
        counts.forkedTwice += 1;
      },
    });
  }

  request(request: HeardMessage): void {
    const { caller } = this.#options;
    if (request.method === 'ACK') return;
    caller.respond(request, 200, '');
    if (request.method === 'BYE') this.#byes.caller = true;
  }

  repeatedAnswer(answer: HeardMessage): void {
    this.#dialog?.acknowledge(answer.cseq);
  }

  #provisional(response: HeardMessage): void {
    this.#wasHeard = true;
    if ((response.status ?? 0) === 100 || this.#rang) return;
    this.#rang = true;
    this.#options.counts.rang(monotonicMs() - this.#startedAtMs);
    if (this.#options.isToBeCancelled)
      setTimeout(() => this.#options.caller.cancel(this.callId), this.#options.plan.ringMs);
  }

  #final(response: HeardMessage): void {
    const { counts, caller, isToBeCancelled, plan } = this.#options;
    this.#wasHeard = true;
    const { status = 0 } = response;
    if (status >= 300) {
      if (isToBeCancelled && status === 487) {
        counts.cancelled += 1;
        this.#end();
      } else this.#fail(`INVITE: ${status}`);
      return;
    }
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#answer = response;
    this.#dialog = CallDialog.ofCaller(caller, response);
    this.#dialog.acknowledge(response.cseq);
    this.#established();
    this.#timer = setTimeout(() => this.#hangUp(), plan.talkMs);
  }

  #established(): void {
    if (this.#isEstablished || !this.#isAcknowledged || this.#answer === undefined || this.#isOver) return;
    this.#isEstablished = true;
    this.#options.counts.establish();
  }

  /** Either side in turn, when both are there: who is away can neither hang up nor be told. */
  #hangUp(): void {
    const { number, caller, callee, counts } = this.#options;
    if (!caller.isRegistered || !callee.isRegistered) {
      counts.deferred += 1;
      (caller.isRegistered ? callee : caller).whenReady(() => {
        this.#timer = setTimeout(() => this.#hangUp(), settledMs);
      });
      return;
    }
    const [dialog, other] =
      number % 2 === 0 ? [this.#dialog, 'callee' as const] : [this.#called?.dialog, 'caller' as const];
    this.#askedAtMs = monotonicMs();
    dialog?.bye((outcome) => {
      // The request broke with the connection: whoever comes back sends it again.
      if (outcome === 'connection lost' || outcome === 'not connected') this.#hangUp();
      else if (outcome !== 200) this.#fail(`BYE from the ${other === 'callee' ? 'caller' : 'callee'}: ${outcome}`);
      else if (!this.#byes[other]) this.#fail(`BYE was answered, but the ${other} did not get it`);
      else this.#complete();
    });
  }

  #complete(): void {
    const { counts } = this.#options;
    counts.completed += 1;
    if (!this.#isAcknowledged) counts.unacknowledged += 1;
    this.#end();
  }

  #giveUp(): void {
    this.#options.caller.cancel(this.callId);
    this.#fail(this.#rang ? 'rang, but there was no answer' : 'INVITE: no answer');
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    const { number, caller, callee, counts } = this.#options;
    const failure: CallFailure = {
      call: number,
      from: `${caller.options.username} over ${caller.options.transport}`,
      to: `${callee.options.username} over ${callee.options.transport}`,
      startedAtMs: this.#startedAtMs,
      askedAtMs: this.#askedAtMs,
      failedAtMs: monotonicMs(),
      reason,
      wasHeard: this.#wasHeard,
    };
    (this.#isEstablished ? counts.lost : counts.failed).push(failure);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { counts, caller, over } = this.#options;
    if (this.#isEstablished) counts.established -= 1;
    // A straggler is answered for a while; the process doesn't wait for it.
    setTimeout(() => {
      caller.removeSide(this.callId);
      this.#called?.end();
    }, lingerMs).unref();
    over(this);
  }
}
