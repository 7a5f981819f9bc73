import { parseMessage, type SipMessage } from '@ringdown/sip-message';

/** One message that a test user agent sent (`>`) or received (`<`). */
export interface RecordedMessage {
  /** Milliseconds since the recorder began. */
  readonly at: number;
  readonly direction: '>' | '<';
  /** The other side, `host:port`. */
  readonly peer: string;
  readonly startLine: string;
  /** The method of a request, the status code of a response. */
  readonly word: string;
  /** Number and method; undefined when the message can't be read. */
  readonly cseq: string | undefined;
  readonly callId: string | undefined;
  /** The same bytes went the same way before: a retransmission. */
  readonly repeated: boolean;
  readonly raw: string;
}

/** Which messages of a recording are meant. */
export interface LadderFilter {
  readonly callId?: string;
  /** The method in CSeq, of a request and its responses. */
  readonly method?: string;
  /** Retransmissions are left out unless true. */
  readonly repeated?: boolean;
}

/** Stands in an expected ladder for any number of messages, none among them. */
export const anyMessages = '…';

/** Everything that one user agent sent and received, in order. */
export class MessageRecorder {
  readonly messages: RecordedMessage[] = [];
  readonly #began: number;
  readonly #now: () => number;
  readonly #seen = new Set<string>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  record(direction: '>' | '<', peer: string, raw: string): void {
    const [startLine = ''] = raw.split('\r\n', 1);
    const [first = '', second = ''] = startLine.split(' ', 2);
    const message = parseMessage(raw);
    const core: SipMessage | undefined = message.kind === 'failure' ? undefined : message;
    const identity = `${direction}${peer}\n${raw}`;
    this.messages.push({
      at: this.#now() - this.#began,
      direction,
      peer,
      startLine,
      word: first === 'SIP/2.0' ? second : first,
      cseq: core === undefined ? undefined : `${core.cseq.number} ${core.cseq.method}`,
      callId: core?.callId,
      repeated: this.#seen.has(identity),
      raw,
    });
    this.#seen.add(identity);
  }

  /** Messages in short: `> INVITE`, `< 180`. */
  ladder(filter: LadderFilter = {}): string[] {
    return this.select(filter).map(({ direction, word }) => `${direction} ${word}`);
  }

  select(filter: LadderFilter = {}): RecordedMessage[] {
    return this.messages.filter(
      (message) =>
        (filter.callId === undefined || message.callId === filter.callId) &&
        (filter.method === undefined || message.cseq?.endsWith(` ${filter.method}`) === true) &&
        (filter.repeated === true || !message.repeated),
    );
  }

  /** Throws, with both ladders, unless the messages are these: `['> INVITE', '< 100', '…', '< 200']`. */
  expectLadder(expected: readonly string[], filter: LadderFilter = {}): void {
    const actual = this.ladder(filter);
    if (matchesLadder(actual, expected)) return;
    throw new Error(
      `the messages are not those expected\nexpected: ${expected.join('  ')}\nrecorded: ${actual.join('  ')}\n${this.describe(filter)}`,
    );
  }

  /** One line a message, for people. */
  describe(filter: LadderFilter = {}): string {
    const lines = this.select({ ...filter, repeated: true }).map((message) => {
      const { at, direction, peer, startLine, cseq, callId, repeated } = message;
      const of = `(${cseq ?? '?'}, ${callId ?? '?'}${repeated ? ', again' : ''})`;
      return `${at.toFixed(0).padStart(7)} ms ${direction} ${peer}  ${startLine}  ${of}`;
    });
    return lines.length === 0 ? '(no messages)' : lines.join('\n');
  }
}

/** Whether the ladder is the expected one, in which `…` stands for any number of messages. */
export function matchesLadder(actual: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first !== anyMessages) return actual[0] === first && matchesLadder(actual.slice(1), rest);
  for (let skipped = 0; skipped <= actual.length; skipped++) {
    if (matchesLadder(actual.slice(skipped), rest)) return true;
  }
  return false;
}
