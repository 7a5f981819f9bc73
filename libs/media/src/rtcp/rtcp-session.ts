import type { ReceptionStatistics } from '../rtp/reception-statistics.js';
import { emptyReportBlock, type RtcpReportBlock, type RtcpSenderInfo } from './rtcp-types.js';
import { writeBye, writeCname, writeReceiverReport, writeSenderReport } from './write-rtcp.js';

export interface RtcpSessionOptions {
  /** Of what is sent. */
  readonly ssrc: number;
  /** RFC 7022: random, and tells nothing of who it is. */
  readonly cname: string;
  /** Of what is sent. */
  readonly clockRate: number;
  /** The wall clock when `nowMs` was 0, in milliseconds since 1970. */
  readonly epochMs: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

const INTERVAL_MS = 5000;
/** RFC 3550 §6.3.1: makes up for the intervals that timers reconsider. */
const COMPENSATION = Math.E - 1.5;
const SECONDS_1900_TO_1970 = 2_208_988_800;
/** A round trip that is longer is a peer's mistake. */
const LONGEST_ROUND_TRIP_MS = 60_000;

/**
 * The RTCP of one stream with one peer: when to report, what, and the round trip. The interval of RFC 3550 §6.2 in short: with one peer and the
 * bandwidth of a call its calculation always comes to the minimum of 5 s (halved for the first report), so only the minimum and its random factor are
 * left; the group sizes and reconsiderations of §6.3 have nothing to count.
 */
export class RtcpSession {
  readonly #ssrc: number;
  readonly #cname: string;
  #clockRate: number;
  readonly #epochMs: number;
  readonly #random: () => number;
  readonly #info: RtcpSenderInfo = { ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: 0, packets: 0, octets: 0 };
  readonly #block: RtcpReportBlock = emptyReportBlock();
  #dueMs = Number.NaN;
  #lastTimestamp = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #packetsReported = 0;
  #senderReport = 0;
  #senderReportMs = 0;
  #roundTripMs: number | undefined;

  constructor(options: RtcpSessionOptions) {
    this.#ssrc = options.ssrc;
    this.#cname = options.cname;
    this.#clockRate = options.clockRate;
    this.#epochMs = options.epochMs;
    this.#random = options.random;
  }

  /** By the last report about this stream that named a sender report. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get packetsSent(): number {
    return this.#info.packets;
  }

  /** After a change of the codec that is sent. */
  setClockRate(clockRate: number): void {
    this.#clockRate = clockRate;
  }

  /** An RTP packet was sent; `payloadLength` without header and padding. */
  sent(timestamp: number, payloadLength: number, nowMs: number): void {
    this.#info.packets++;
    this.#info.octets += payloadLength;
    this.#lastTimestamp = timestamp;
    this.#lastSentMs = nowMs;
  }

  /** The peer's sender report came: its NTP time is told back in the next report. */
  senderReport(info: Readonly<RtcpSenderInfo>, nowMs: number): void {
    this.#senderReport = ((info.ntpSeconds << 16) | (info.ntpFraction >>> 16)) >>> 0;
    this.#senderReportMs = nowMs;
  }

  /** A report block of the peer came. Those about others are passed over. */
  reportBlock(block: Readonly<RtcpReportBlock>, nowMs: number): void {
    if (block.ssrc !== this.#ssrc || block.lastSenderReport === 0) return;
    const now = this.#ntpMiddle(nowMs);
    const units = (now - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
    const ms = (units * 1000) / 65_536;
    // Rounding of both sides makes a loopback's round trip slightly negative.
    if (ms > -5 && ms <= LONGEST_ROUND_TRIP_MS) this.#roundTripMs = Math.max(0, ms);
  }

  /** Whether a report should be written now. The first call sets the clock. */
  isDue(nowMs: number): boolean {
    if (Number.isNaN(this.#dueMs)) this.#dueMs = nowMs + this.#interval() / 2;
    return nowMs >= this.#dueMs;
  }

  /**
   * Writes a compound packet and returns its length: a sender report where something was sent since the last one, else a receiver report, with what
   * `received` has of the peer, and the CNAME; `isLast` adds BYE. The next one is due an interval later.
   */
  write(
    out: Uint8Array,
    nowMs: number,
    received: { ssrc: number; statistics: ReceptionStatistics } | undefined,
    isLast = false,
  ): number {
    this.#dueMs = nowMs + this.#interval();
    const block =
      received?.statistics.isBelieved === true ? this.#blockOf(received.ssrc, received.statistics, nowMs) : undefined;
    let end: number;
    if (this.#info.packets > this.#packetsReported) {
      this.#packetsReported = this.#info.packets;
      this.#describe(nowMs);
      end = writeSenderReport(out, 0, this.#ssrc, this.#info, block);
    } else end = writeReceiverReport(out, 0, this.#ssrc, block);
    end = writeCname(out, end, this.#ssrc, this.#cname);
    return isLast ? writeBye(out, end, this.#ssrc) : end;
  }

  #blockOf(ssrc: number, statistics: ReceptionStatistics, nowMs: number): RtcpReportBlock {
    const block = this.#block;
    statistics.report(block);
    block.ssrc = ssrc;
    block.lastSenderReport = this.#senderReport;
    block.delaySinceLastSenderReport =
      this.#senderReport === 0 ? 0 : Math.round(((nowMs - this.#senderReportMs) * 65_536) / 1000);
    return block;
  }

  #describe(nowMs: number): void {
    const wallMs = this.#epochMs + nowMs;
    this.#info.ntpSeconds = Math.floor(wallMs / 1000) + SECONDS_1900_TO_1970;
    this.#info.ntpFraction = Math.floor(((wallMs % 1000) / 1000) * 2 ** 32);
    const sinceTicks = Math.round(((nowMs - this.#lastSentMs) * this.#clockRate) / 1000);
    this.#info.rtpTimestamp = this.#lastTimestamp + sinceTicks;
  }

  #ntpMiddle(nowMs: number): number {
    return Math.floor((((this.#epochMs + nowMs) / 1000 + SECONDS_1900_TO_1970) * 65_536) % 2 ** 32);
  }

  #interval(): number {
    return (INTERVAL_MS * (0.5 + this.#random())) / COMPENSATION;
  }
}
