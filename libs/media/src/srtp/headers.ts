const FIXED_BYTES = 12;
/** Of the first packet of a compound: what SRTCP leaves readable (RFC 3711 §3.4). */
export const RTCP_HEADER_BYTES = 8;

/** How long an RTP packet's header is with CSRCs and extension (RFC 3550 §5.1), which SRTP leaves readable; -1 where the bytes are no RTP. */
export function rtpHeaderBytes(packet: Uint8Array, length: number): number {
  if (length < FIXED_BYTES) return -1;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return -1;
  let header = FIXED_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (header + 4 > length) return -1;
    header += 4 + (((packet[header + 2] as number) << 8) | (packet[header + 3] as number)) * 4;
  }
  return header > length ? -1 : header;
}

/** True where the bytes may be RTCP: version 2, and a packet type that isn't RTP's (RFC 5761 §4). */
export function isRtcp(packet: Uint8Array, length: number): boolean {
  if (length < RTCP_HEADER_BYTES || (packet[0] as number) >> 6 !== 2) return false;
  const type = packet[1] as number;
  return type >= 192 && type <= 223;
}
