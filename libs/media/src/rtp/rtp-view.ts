/** Why bytes are no RTP packet. */
export type RtpProblem = 'too-short' | 'version' | 'rtcp' | 'csrc' | 'extension' | 'padding';

/** RFC 3550 §5.1: the fixed header without contributing sources. */
export const RTP_HEADER_LENGTH = 12;

/**
 * A look at one RTP packet (RFC 3550 §5.1) in bytes that stay where they are. One object serves every packet of a socket: `read` overwrites it,
 * and copies nothing.
 */
export class RtpView {
  /** What was read last. Offsets below count from its begin. */
  bytes: Uint8Array = NO_BYTES;
  marker = false;
  payloadType = 0;
  sequenceNumber = 0;
  timestamp = 0;
  ssrc = 0;
  csrcCount = 0;
  /** RFC 3550 §5.3.1; -1 without an extension. 0xBEDE is that of one-byte headers (RFC 8285). */
  extensionProfile = -1;
  /** Of the extension's data, after its four bytes of header. */
  extensionOffset = 0;
  extensionLength = 0;
  /** Where the header with its sources and extension ends. */
  payloadOffset = 0;
  /** Without padding. May be 0. */
  payloadLength = 0;
  /** With the byte that counts it. */
  paddingLength = 0;

  /** Returns undefined for a well-formed packet, else what is wrong; then the fields are those of no packet. `length`: of the datagram within `bytes`. */
  read(bytes: Uint8Array, length: number = bytes.length): RtpProblem | undefined {
    if (length < RTP_HEADER_LENGTH) return 'too-short';
    const first = bytes[0]!;
    if (first >>> 6 !== 2) return 'version';
    const second = bytes[1]!;
    if (second >= FIRST_RTCP_TYPE && second <= LAST_RTCP_TYPE) return 'rtcp';
    const csrcCount = first & 0x0f;
    let offset = RTP_HEADER_LENGTH + csrcCount * 4;
    if (offset > length) return 'csrc';
    this.extensionProfile = -1;
    this.extensionLength = 0;
    if ((first & 0x10) !== 0) {
      if (offset + 4 > length) return 'extension';
      this.extensionProfile = (bytes[offset]! << 8) | bytes[offset + 1]!;
      this.extensionLength = ((bytes[offset + 2]! << 8) | bytes[offset + 3]!) * 4;
      this.extensionOffset = offset + 4;
      offset += 4 + this.extensionLength;
      if (offset > length) return 'extension';
    }
    let padding = 0;
    if ((first & 0x20) !== 0) {
      padding = bytes[length - 1]!;
      if (padding === 0 || offset + padding > length) return 'padding';
    }
    this.bytes = bytes;
    this.marker = second >= 0x80;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = (bytes[2]! << 8) | bytes[3]!;
    this.timestamp = readUint32(bytes, 4);
    this.ssrc = readUint32(bytes, 8);
    this.csrcCount = csrcCount;
    this.payloadOffset = offset;
    this.payloadLength = length - offset - padding;
    this.paddingLength = padding;
    return undefined;
  }

  /** A contributing source; `index` below `csrcCount`. */
  csrc(index: number): number {
    return readUint32(this.bytes, RTP_HEADER_LENGTH + index * 4);
  }
}

/** RFC 5761 §4: whether a datagram on a port that RTP and RTCP share is RTCP. Looks at nothing but the type. */
export function isRtcp(bytes: Uint8Array, length: number = bytes.length): boolean {
  return length >= 2 && bytes[1]! >= FIRST_RTCP_TYPE && bytes[1]! <= LAST_RTCP_TYPE;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

const FIRST_RTCP_TYPE = 192;
const LAST_RTCP_TYPE = 223;
const NO_BYTES = new Uint8Array(0);
