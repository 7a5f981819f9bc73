import type { HeardMessage } from './heard-message.js';

/** A request as its sender thinks of it; Via, CSeq and credentials are the phone's part. */
export interface Asking {
  readonly method: string;
  readonly uri: string;
  /** Route, From, To, Call-ID and whatever else it has. */
  readonly headers: readonly string[];
  readonly body?: string;
  readonly nextCseq: () => number;
  readonly provisional?: (response: HeardMessage) => void;
  readonly final: (response: HeardMessage, cseq: number) => void;
  readonly unanswered: (why: string, wasHeard: boolean) => void;
}

/** Somebody who takes the requests and the repeated answers of one Call-ID. */
export interface CallSide {
  request(request: HeardMessage): void;
  /** A 2xx to an INVITE whose transaction is over. */
  repeatedAnswer(response: HeardMessage): void;
}

let branches = 0;

export function nextBranch(): string {
  branches += 1;
  return `z9hG4bK-${process.pid}-${branches}-${Math.random().toString(36).slice(2, 8)}`;
}
