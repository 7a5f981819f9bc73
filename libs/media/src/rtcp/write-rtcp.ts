import { writeUint32 } from '../rtp/rtp-header.js';
import { FeedbackFormat, type RtcpReportBlock, type RtcpSenderInfo, RtcpType } from './rtcp-types.js';

/**
 * Each function writes one packet at `offset` and returns the offset after it, so that compounds are written one after another. RFC 3550 §6.1 wants a
 * report first and a CNAME in each compound. There must be room: 1500 bytes are enough for everything that one stream has to say.
 */
export function writeSenderReport(
  out: Uint8Array,
  offset: number,
  ssrc: number,
  info: Readonly<RtcpSenderInfo>,
  block?: Readonly<RtcpReportBlock>,
): number {
  writeUint32(out, offset + 4, ssrc);
  writeUint32(out, offset + 8, info.ntpSeconds);
  writeUint32(out, offset + 12, info.ntpFraction);
  writeUint32(out, offset + 16, info.rtpTimestamp);
  writeUint32(out, offset + 20, info.packets);
  writeUint32(out, offset + 24, info.octets);
  return finish(out, offset, writeBlock(out, offset + 28, block), block === undefined ? 0 : 1, RtcpType.SenderReport);
}

export function writeReceiverReport(
  out: Uint8Array,
  offset: number,
  ssrc: number,
  block?: Readonly<RtcpReportBlock>,
): number {
  writeUint32(out, offset + 4, ssrc);
  return finish(out, offset, writeBlock(out, offset + 8, block), block === undefined ? 0 : 1, RtcpType.ReceiverReport);
}

/** `cname`: at most 255 characters of latin1; the rest is cut off. */
export function writeCname(out: Uint8Array, offset: number, ssrc: number, cname: string): number {
  const length = Math.min(255, cname.length);
  writeUint32(out, offset + 4, ssrc);
  out[offset + 8] = 1;
  out[offset + 9] = length;
  let at = offset + 10;
  for (let i = 0; i < length; i++) out[at++] = cname.charCodeAt(i);
  // At least one zero ends the list, and more fill the word.
  do out[at++] = 0;
  while ((at - offset) % 4 !== 0);
  return finish(out, offset, at, 1, RtcpType.SourceDescription);
}

export function writeBye(out: Uint8Array, offset: number, ssrc: number): number {
  writeUint32(out, offset + 4, ssrc);
  return finish(out, offset, offset + 8, 1, RtcpType.Bye);
}

/** RFC 4585 §6.3.1: pictures can't be decoded until a key frame comes. */
export function writePictureLoss(out: Uint8Array, offset: number, sender: number, media: number): number {
  writeUint32(out, offset + 4, sender);
  writeUint32(out, offset + 8, media);
  return finish(out, offset, offset + 12, FeedbackFormat.PictureLoss, RtcpType.PayloadFeedback);
}

/** RFC 5104 §4.3.1: send a key frame. `commandNumber` is one more for each new request and the same for a repeated one. */
export function writeFullIntra(
  out: Uint8Array,
  offset: number,
  sender: number,
  media: number,
  commandNumber: number,
): number {
  writeUint32(out, offset + 4, sender);
  writeUint32(out, offset + 8, 0);
  writeUint32(out, offset + 12, media);
  writeUint32(out, offset + 16, commandNumber << 24);
  return finish(out, offset, offset + 20, FeedbackFormat.FullIntra, RtcpType.PayloadFeedback);
}

function writeBlock(out: Uint8Array, offset: number, block: Readonly<RtcpReportBlock> | undefined): number {
  if (block === undefined) return offset;
  writeUint32(out, offset, block.ssrc);
  writeUint32(out, offset + 4, (block.fractionLost << 24) | (block.cumulativeLost & 0xffffff));
  writeUint32(out, offset + 8, block.extendedHighestSequence);
  writeUint32(out, offset + 12, block.jitter);
  writeUint32(out, offset + 16, block.lastSenderReport);
  writeUint32(out, offset + 20, block.delaySinceLastSenderReport);
  return offset + 24;
}

function finish(out: Uint8Array, offset: number, end: number, count: number, type: number): number {
  out[offset] = 0x80 | count;
  out[offset + 1] = type;
  const words = (end - offset) / 4 - 1;
  out[offset + 2] = words >>> 8;
  out[offset + 3] = words;
  return end;
}
