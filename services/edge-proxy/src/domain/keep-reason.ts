/** Why the messages of a call are kept longer than others: it failed, it took long until the other side rang, or somebody has asked for it. */
export type KeepReason = 'failed' | 'slow' | 'operator';

/**
 * Whether a response, from the text alone, says that a call has failed in a way that somebody may want to look into: a timeout, or a status of 500 and
 * more. That the callee declines (603) or is busy everywhere (600) is an answer.
 */
export function tellsFailedCall(raw: string): boolean {
  // A request has no slash there: methods are letters up to a space (RFC 3261 §7.1), and no known one has it at this place.
  if (raw.charCodeAt(3) !== slash || raw.charCodeAt(7) !== space) return false;
  const first = raw.charCodeAt(8);
  if (first < digit4 || first > digit6) return false;
  const statusCode = raw.slice(8, 11);
  if (first === digit4 ? statusCode !== '408' : statusCode === '600' || statusCode === '603') return false;
  return inviteCseq.test(raw);
}

const slash = 0x2f;
const space = 0x20;
const digit4 = 0x34;
const digit6 = 0x36;
const inviteCseq = /\r\nCSeq[ \t]*:[ \t]*\d+[ \t]+INVITE[ \t]*\r\n/i;
