const IDR = 5;
const SEQUENCE_PARAMETER_SET = 7;
const STAP_A = 24;
const FU_A = 28;

/**
 * A decoder may begin where its parameters come, or, where they came by other ways, with the first slice of an IDR picture: the one whose
 * first_mb_in_slice is 0, a single bit that is set.
 */
function isStart(type: number, firstByte: number): boolean {
  return type === SEQUENCE_PARAMETER_SET || (type === IDR && (firstByte & 0x80) !== 0);
}

/**
 * Whether a key frame begins with the H.264 payload from `from` to `to` (RFC 6184 §5.6 single NAL unit, §5.7.1 STAP-A, §5.8 FU-A); undefined
 * where it is malformed, or of a kind that packetization modes 0 and 1 don't have.
 */
export function startsKeyFrameH264(bytes: Uint8Array, from: number, to: number): boolean | undefined {
  if (from >= to) return undefined;
  const type = (bytes[from] as number) & 0x1f;
  if (type >= 1 && type < STAP_A) return from + 1 < to && isStart(type, bytes[from + 1] as number);
  if (type === FU_A) {
    if (to - from < 3) return undefined;
    const header = bytes[from + 1] as number;
    // The start bit is set in a unit's first fragment only.
    return (header & 0x80) !== 0 && isStart(header & 0x1f, bytes[from + 2] as number);
  }
  if (type !== STAP_A || to - from < 4) return undefined;
  let starts = false;
  let at = from + 1;
  while (at < to) {
    if (at + 3 > to) return undefined;
    const size = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (size === 0 || at + 2 + size > to) return undefined;
    starts ||= size > 1 && isStart((bytes[at + 2] as number) & 0x1f, bytes[at + 3] as number);
    at += 2 + size;
  }
  return starts;
}
