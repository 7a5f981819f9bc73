import { PlainHistogram, traceIdOf } from '@ringdown/platform';
import type { StackObserver } from '@ringdown/sip-runtime';
import type { ClientTransaction, ServerTransaction } from '@ringdown/sip-transaction';
import { type Flow, isSipLinkFlow, type SipLinkClass } from '@ringdown/sip-transport';
import type { BranchOf } from '../sip/proxied-request.js';

const methods = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'REGISTER',
  'OPTIONS',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
] as const;
const otherMethods = 'other';

/** The registered ones that are met; anything else is told by its class, since whoever answers may make codes up. */
const ownCodes: ReadonlySet<number> = new Set(
  [
    [200, 202, 204, 300, 301, 302, 305, 380],
    [400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 412, 413, 414, 415, 416, 420, 421, 422, 423, 424, 428, 429],
    [430, 433, 436, 437, 438, 439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493, 494],
    [500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606, 607, 608],
  ].flat(),
);

/** Counts how requests that came in were answered, and how soon other parts of the platform answered. */
export class TransactionMeter implements StackObserver {
  /** From a request to the first response that comes back over the stream, 100 included. */
  readonly linkAnswerSec: Readonly<Record<SipLinkClass, PlainHistogram>> = {
    calls: new PlainHistogram(),
    registrations: new PlainHistogram(),
  };
  /** Final responses by method, each by its code. */
  readonly #answers = new Map<string, Float64Array>(
    [...methods, otherMethods].map((method) => [method, new Float64Array(700)]),
  );

  answered({ method }: Pick<ServerTransaction<Flow>, 'method'>, statusCode: number): void {
    const codes = this.#answers.get(method) ?? this.#answers.get(otherMethods);
    if (codes !== undefined) codes[statusCode] = (codes[statusCode] ?? 0) + 1;
  }

  linkAnswered(transaction: ClientTransaction<Flow>, afterMs: number): void {
    const { flow } = transaction;
    if (!isSipLinkFlow(flow)) return;
    const { span } = (transaction.user ?? {}) as Partial<BranchOf>;
    this.linkAnswerSec[flow.linkClass].observe(afterMs / 1_000, traceIdOf(span?.traceparent));
  }

  /** Final responses since the start; a code without a label of its own is told as `4xx`. */
  *answers(): Iterable<readonly [method: string, code: string, count: number]> {
    for (const [method, codes] of this.#answers) {
      const byClass = new Map<string, number>();
      for (let code = 200; code < codes.length; code++) {
        const count = codes[code] as number;
        if (count === 0) continue;
        if (ownCodes.has(code)) yield [method, String(code), count];
        else {
          const others = `${Math.trunc(code / 100)}xx`;
          byClass.set(others, (byClass.get(others) ?? 0) + count);
        }
      }
      for (const [others, count] of byClass) yield [method, others, count];
    }
  }
}
