import { randomBytes } from 'node:crypto';
import type { HostPort } from '@ringdown/sip-transport';
import { type NgChannel, type OpenNgChannel, openUdpChannel } from './ng-channel.js';
import { type NgCommand, type NgReply, ngDatagram, parseNgDatagram } from './ng-message.js';

/** What became of a command. */
export type NgOutcome =
  | { readonly kind: 'done'; readonly reply: NgReply; readonly tookMs: number }
  /** rtpengine is there and won't; `full` where it only has no room. */
  | { readonly kind: 'refused'; readonly reason: string; readonly full: boolean }
  /** No answer, so whether it was carried out isn't known. */
  | { readonly kind: 'silent'; readonly reason: string };

export interface NgClientOptions {
  readonly to: HostPort;
  /** Default: a UDP socket. */
  readonly open?: OpenNgChannel;
}

interface Waiting {
  readonly datagram: string;
  readonly answered: (outcome: NgOutcome) => void;
  readonly startedAt: number;
  timer: NodeJS.Timeout;
}

/** When a command is sent again, in milliseconds after the time before; after the last one it has failed. */
const repeatsMs = [100, 200, 300, 400];
/** More than this waiting for answers means that there will be none. */
const maxWaiting = 4_096;

/**
 * Commands to one rtpengine. A command that stays unanswered is repeated with the same cookie, which rtpengine answers from memory: however
 * often a datagram is lost, a command is carried out once.
 */
export class NgClient {
  readonly #open: OpenNgChannel;
  readonly #waiting = new Map<string, Waiting>();
  readonly #prefix = randomBytes(6).toString('hex');
  #channel: NgChannel | undefined;
  #count = 0;

  constructor(private readonly options: NgClientOptions) {
    this.#open = options.open ?? openUdpChannel;
  }

  /** Calls `answered` exactly once, within about a second. */
  ask(command: NgCommand, answered: (outcome: NgOutcome) => void): void {
    if (this.#waiting.size >= maxWaiting) {
      answered({ kind: 'silent', reason: 'too many commands are waiting' });
      return;
    }
    const cookie = `${this.#prefix}${++this.#count}`;
    const datagram = ngDatagram(cookie, command);
    this.#waiting.set(cookie, { datagram, answered, startedAt: performance.now(), timer: this.#later(cookie, 0) });
    this.#send(datagram);
  }

  /** Forgets the socket, so that the next command looks the host up again. What waits has failed. */
  reset(reason: string): void {
    this.#channel?.close();
    this.#channel = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { timer, answered } of waiting) {
      clearTimeout(timer);
      answered({ kind: 'silent', reason });
    }
  }

  close(): void {
    this.reset('the client was closed');
  }

  #send(datagram: string): void {
    this.#channel ??= this.#open(this.options.to, {
      received: (text) => this.#received(text),
      failed: (error) => this.reset(error.message),
    });
    this.#channel.send(datagram);
  }

  #later(cookie: string, repeat: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const waiting = this.#waiting.get(cookie);
      if (waiting === undefined) return;
      if (repeat + 1 >= repeatsMs.length) {
        this.#waiting.delete(cookie);
        waiting.answered({ kind: 'silent', reason: 'no answer' });
        return;
      }
      waiting.timer = this.#later(cookie, repeat + 1);
      this.#send(waiting.datagram);
    }, repeatsMs[repeat]);
    timer.unref();
    return timer;
  }

  #received(text: string): void {
    const datagram = parseNgDatagram(text);
    const waiting = datagram === undefined ? undefined : this.#waiting.get(datagram.cookie);
    if (datagram === undefined || waiting === undefined) return;
    this.#waiting.delete(datagram.cookie);
    clearTimeout(waiting.timer);
    waiting.answered(outcomeOf(datagram.reply, performance.now() - waiting.startedAt));
  }
}

function outcomeOf(reply: NgReply, tookMs: number): NgOutcome {
  if (reply.result === 'ok' || reply.result === 'pong' || reply.statistics !== undefined)
    return { kind: 'done', reply, tookMs };
  const reason = reply['error-reason'] ?? reply.result ?? 'an answer without a result';
  return { kind: 'refused', reason, full: /limit/i.test(reason) };
}
