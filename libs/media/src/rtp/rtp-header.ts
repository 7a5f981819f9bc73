import { RTP_HEADER_LENGTH } from './rtp-view.js';

/**
 * Writes a header of 12 bytes without contributing sources, extension and padding (RFC 3550 §5.1) and returns its length. Sequence number,
 * timestamp and SSRC are taken modulo their width, so a caller may count on.
 */
export function writeRtpHeader(
  out: Uint8Array,
  offset: number,
  payloadType: number,
  marker: boolean,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): number {
  out[offset] = 0x80;
  out[offset + 1] = (marker ? 0x80 : 0) | (payloadType & 0x7f);
  out[offset + 2] = sequenceNumber >>> 8;
  out[offset + 3] = sequenceNumber;
  writeUint32(out, offset + 4, timestamp);
  writeUint32(out, offset + 8, ssrc);
  return RTP_HEADER_LENGTH;
}

export function writeUint32(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 24;
  out[offset + 1] = value >>> 16;
  out[offset + 2] = value >>> 8;
  out[offset + 3] = value;
}
