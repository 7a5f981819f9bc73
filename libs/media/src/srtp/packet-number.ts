/**
 * The upper 32 bits of a packet's number, estimated from its sequence number and the highest number so far (RFC 3711 §3.3.1 and
 * appendix A). -1 where the packet is from before the stream's beginning.
 */
export function estimateRollOver(rollOver: number, highest: number, sequence: number): number {
  if (highest < 0x8000) return sequence - highest > 0x8000 ? rollOver - 1 : rollOver;
  return highest - 0x8000 > sequence ? rollOver + 1 : rollOver;
}
