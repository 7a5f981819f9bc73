/** A call as a sipp has seen it, the caller's or the callee's; Unix times in milliseconds. */
export interface HeardCall {
  readonly callId: string;
  /** The first INVITE. */
  readonly askedAtMs: number;
  /** The first 200 to an INVITE that came. */
  readonly answeredAtMs: number | undefined;
  /** The first one that was sent. */
  readonly answerSentAtMs: number | undefined;
  /** Status codes of 300 and more to its INVITEs, each once for each INVITE: a challenge first, as a rule. */
  readonly refusals: readonly string[];
  /** Each BYE that was sent, those that were sent again included. */
  readonly byesAtMs: readonly number[];
}

/**
 * Reads what sipp writes with -trace_shortmsg, a line for each message: date and time, the same in seconds since 1970, S or R, Call-ID, CSeq, first line.
 */
export function heardCalls(log: string): ReadonlyMap<string, HeardCall> {
  const calls = new Map<string, { -readonly [Name in keyof HeardCall]: HeardCall[Name] }>();
  for (const line of log.split('\n')) {
    const [, , seconds = '', direction, callId, cseq = '', first = ''] = line.split('\t');
    const atMs = Number(seconds) * 1_000;
    if (callId === undefined || !Number.isFinite(atMs)) continue;
    let call = calls.get(callId);
    if (call === undefined) {
      call = {
        callId,
        askedAtMs: atMs,
        answeredAtMs: undefined,
        answerSentAtMs: undefined,
        refusals: [],
        byesAtMs: [],
      };
      calls.set(callId, call);
    }
    const isAnswer = / 200 /.test(first) && cseq.endsWith('INVITE');
    if (isAnswer && direction === 'R') call.answeredAtMs ??= atMs;
    if (isAnswer && direction === 'S') call.answerSentAtMs ??= atMs;
    const refused = /^SIP\/2\.0 ([3-6]\d\d)/.exec(first)?.[1];
    const refusal = `${refused} to ${cseq.replace(/^CSeq: ?/, '').trim()}`;
    if (direction === 'R' && refused !== undefined && cseq.endsWith('INVITE') && !call.refusals.includes(refusal))
      call.refusals = [...call.refusals, refusal];
    if (direction === 'S' && first.startsWith('BYE ')) call.byesAtMs = [...call.byesAtMs, atMs];
  }
  return calls;
}
