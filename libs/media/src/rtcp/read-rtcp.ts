import { readUint32 } from '../rtp/rtp-view.js';
import { emptyReportBlock, FeedbackFormat, type RtcpReportBlock, type RtcpSenderInfo, RtcpType } from './rtcp-types.js';

/** Why bytes are no RTCP. */
export type RtcpProblem = 'too-short' | 'version' | 'type' | 'length' | 'padding';

/** Told what a compound packet says, in its order. Objects are the same each time: copy what must stay. */
export interface RtcpListener {
  senderReport?(ssrc: number, info: Readonly<RtcpSenderInfo>): void;
  reportBlock?(reporter: number, block: Readonly<RtcpReportBlock>): void;
  /** RFC 3550 §6.5.1; at most 255 bytes. */
  cname?(ssrc: number, cname: string): void;
  bye?(ssrc: number): void;
  /** RFC 3550 §6.7: the four characters of its name. */
  app?(ssrc: number, name: string): void;
  /** RFC 4585 §6.3.1. */
  pictureLoss?(sender: number, media: number): void;
  /** RFC 5104 §4.3.1; the command number tells a new request from a repeated one. */
  fullIntra?(sender: number, media: number, commandNumber: number): void;
  /** RFC 4585 §6.2.1: a packet that is missing, and by bits those of the 16 after it that are. */
  nack?(sender: number, media: number, sequenceNumber: number, following: number): void;
}

const HEADER_LENGTH = 8;
const BLOCK_LENGTH = 24;
const SENDER_INFO_LENGTH = 20;
const CNAME = 1;

/**
 * Reads a compound packet (RFC 3550 §6.1) or a reduced one (RFC 5506). All of it is checked before the listener is told anything: the lengths of
 * the packets must add up. Other types and formats, REMB among them, are passed over; within a packet what is cut off is left out.
 */
export function readRtcp(bytes: Uint8Array, length: number, listener: RtcpListener): RtcpProblem | undefined {
  const problem = checkCompound(bytes, length);
  if (problem !== undefined) return problem;
  for (let offset = 0; offset < length; offset += packetLength(bytes, offset)) {
    const end = offset + packetLength(bytes, offset);
    const padding = (bytes[offset]! & 0x20) === 0 ? 0 : bytes[end - 1]!;
    readPacket(bytes, offset, end - padding, listener);
  }
  return undefined;
}

function checkCompound(bytes: Uint8Array, length: number): RtcpProblem | undefined {
  if (length < HEADER_LENGTH) return 'too-short';
  let offset = 0;
  while (offset < length) {
    if (offset + 4 > length) return 'length';
    if (bytes[offset]! >>> 6 !== 2) return 'version';
    const type = bytes[offset + 1]!;
    if (type < 192 || type > 223) return 'type';
    const end = offset + packetLength(bytes, offset);
    if (end > length) return 'length';
    if ((bytes[offset]! & 0x20) !== 0) {
      // Only the last packet is padded (§6.4.1), and by whole words.
      const padding = bytes[end - 1]!;
      if (end !== length || padding === 0 || padding % 4 !== 0 || offset + 4 + padding > end) return 'padding';
    }
    offset = end;
  }
  return undefined;
}

function packetLength(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset + 2]! << 8) | bytes[offset + 3]!) + 1) * 4;
}

function readPacket(bytes: Uint8Array, offset: number, end: number, listener: RtcpListener): void {
  const count = bytes[offset]! & 0x1f;
  switch (bytes[offset + 1]!) {
    case RtcpType.SenderReport:
      if (offset + HEADER_LENGTH + SENDER_INFO_LENGTH > end) return;
      readSenderInfo(bytes, offset, listener);
      readBlocks(bytes, offset, offset + HEADER_LENGTH + SENDER_INFO_LENGTH, end, count, listener);
      return;
    case RtcpType.ReceiverReport:
      if (offset + HEADER_LENGTH <= end) readBlocks(bytes, offset, offset + HEADER_LENGTH, end, count, listener);
      return;
    case RtcpType.SourceDescription:
      readDescriptions(bytes, offset + 4, end, count, listener);
      return;
    case RtcpType.Bye:
      for (let i = 0, at = offset + 4; i < count && at + 4 <= end; i++, at += 4) listener.bye?.(readUint32(bytes, at));
      return;
    case RtcpType.App:
      if (offset + 12 <= end) listener.app?.(readUint32(bytes, offset + 4), latin1(bytes, offset + 8, 4));
      return;
    case RtcpType.TransportFeedback:
      if (count === FeedbackFormat.Nack) readNacks(bytes, offset, end, listener);
      return;
    case RtcpType.PayloadFeedback:
      readPayloadFeedback(bytes, offset, end, count, listener);
      return;
    default:
  }
}

const INFO: RtcpSenderInfo = { ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: 0, packets: 0, octets: 0 };

function readSenderInfo(bytes: Uint8Array, offset: number, listener: RtcpListener): void {
  INFO.ntpSeconds = readUint32(bytes, offset + 8);
  INFO.ntpFraction = readUint32(bytes, offset + 12);
  INFO.rtpTimestamp = readUint32(bytes, offset + 16);
  INFO.packets = readUint32(bytes, offset + 20);
  INFO.octets = readUint32(bytes, offset + 24);
  listener.senderReport?.(readUint32(bytes, offset + 4), INFO);
}

const BLOCK = emptyReportBlock();

function readBlocks(
  bytes: Uint8Array,
  offset: number,
  from: number,
  end: number,
  count: number,
  listener: RtcpListener,
): void {
  for (let i = 0, at = from; i < count && at + BLOCK_LENGTH <= end; i++, at += BLOCK_LENGTH) {
    BLOCK.ssrc = readUint32(bytes, at);
    BLOCK.fractionLost = bytes[at + 4]!;
    // 24 bits with a sign: duplicates make it negative.
    BLOCK.cumulativeLost = (readUint32(bytes, at + 4) << 8) >> 8;
    BLOCK.extendedHighestSequence = readUint32(bytes, at + 8);
    BLOCK.jitter = readUint32(bytes, at + 12);
    BLOCK.lastSenderReport = readUint32(bytes, at + 16);
    BLOCK.delaySinceLastSenderReport = readUint32(bytes, at + 20);
    listener.reportBlock?.(readUint32(bytes, offset + 4), BLOCK);
  }
}

function readDescriptions(bytes: Uint8Array, from: number, end: number, count: number, listener: RtcpListener): void {
  let at = from;
  for (let i = 0; i < count && at + 4 <= end; i++) {
    const ssrc = readUint32(bytes, at);
    at += 4;
    while (at < end && bytes[at] !== 0) {
      if (at + 2 > end || at + 2 + bytes[at + 1]! > end) return;
      if (bytes[at] === CNAME) listener.cname?.(ssrc, latin1(bytes, at + 2, bytes[at + 1]!));
      at += 2 + bytes[at + 1]!;
    }
    // The list ends with a zero and goes on at the next word.
    at = from + ((at - from + 4) & ~3);
  }
}

function readNacks(bytes: Uint8Array, offset: number, end: number, listener: RtcpListener): void {
  if (offset + 12 > end) return;
  const sender = readUint32(bytes, offset + 4);
  const media = readUint32(bytes, offset + 8);
  for (let at = offset + 12; at + 4 <= end; at += 4) {
    listener.nack?.(sender, media, (bytes[at]! << 8) | bytes[at + 1]!, (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
}

function readPayloadFeedback(
  bytes: Uint8Array,
  offset: number,
  end: number,
  format: number,
  listener: RtcpListener,
): void {
  if (offset + 12 > end) return;
  const sender = readUint32(bytes, offset + 4);
  if (format === FeedbackFormat.PictureLoss) listener.pictureLoss?.(sender, readUint32(bytes, offset + 8));
  if (format !== FeedbackFormat.FullIntra) return;
  // The media source of the header is unused: each entry names its own (RFC 5104 §4.3.1.2).
  for (let at = offset + 12; at + 8 <= end; at += 8)
    listener.fullIntra?.(sender, readUint32(bytes, at), bytes[at + 4]!);
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  let text = '';
  for (let i = from; i < from + length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
