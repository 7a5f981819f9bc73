import { performance } from 'node:perf_hooks';
import {
  type ReceptionStatistics,
  type RtcpListener,
  type RtcpReportBlock,
  type RtcpSenderInfo,
  RtcpSession,
  readRtcp,
} from '@ringdown/media';
import type { StreamTransport } from './stream-transport.js';

/** One compound, with room for SRTP. */
const longestCompound = 400;

/** What a stream's RTCP tells beside reports. */
export interface StreamFeedback {
  /** The member has said that its source is over. */
  bye(ssrc: number): void;
  /** So many of a hundred packets have not reached it lately. */
  lost(percent: number): void;
  /** It wants a key frame. */
  pictureLost(): void;
}

/** The reports of one stream, both ways. */
export class StreamRtcp implements RtcpListener {
  readonly session: RtcpSession;
  readonly #transport: StreamTransport;
  readonly #feedback: StreamFeedback;
  readonly #compound = Buffer.alloc(longestCompound);
  readonly #ssrc: number;
  #nowMs = 0;

  constructor(
    transport: StreamTransport,
    feedback: StreamFeedback,
    options: { readonly ssrc: number; readonly cname: string; readonly clockRate: number },
  ) {
    this.#transport = transport;
    this.#feedback = feedback;
    this.#ssrc = options.ssrc;
    this.session = new RtcpSession({ ...options, epochMs: performance.timeOrigin, random: Math.random });
  }

  /** Takes a compound of the member. */
  read(compound: Uint8Array, length: number, nowMs: number): void {
    this.#nowMs = nowMs;
    if (readRtcp(compound, length, this) !== undefined) this.#transport.refused.malformed++;
  }

  /** Sends a report where one is due. */
  report(nowMs: number, ssrc: number, statistics: ReceptionStatistics | undefined): void {
    if (!this.session.isDue(nowMs)) return;
    const received = statistics === undefined ? undefined : { ssrc, statistics };
    this.#transport.sendRtcp(this.#compound, this.session.write(this.#compound, nowMs, received));
  }

  /** Sends a report at once, with what `write` adds to it at an offset, whose end it returns. */
  ask(
    nowMs: number,
    ssrc: number,
    statistics: ReceptionStatistics | undefined,
    write: (compound: Uint8Array, offset: number) => number,
  ): void {
    const received = statistics === undefined ? undefined : { ssrc, statistics };
    const reported = this.session.write(this.#compound, nowMs, received);
    this.#transport.sendRtcp(this.#compound, write(this.#compound, reported));
  }

  /** The last report, with a BYE. */
  end(nowMs: number): void {
    if (this.session.packetsSent === 0) return;
    this.#transport.sendRtcp(this.#compound, this.session.write(this.#compound, nowMs, undefined, true));
  }

  bye(ssrc: number): void {
    this.#feedback.bye(ssrc);
  }

  senderReport(_ssrc: number, info: Readonly<RtcpSenderInfo>): void {
    this.session.senderReport(info, this.#nowMs);
  }

  reportBlock(_reporter: number, block: Readonly<RtcpReportBlock>): void {
    this.session.reportBlock(block, this.#nowMs);
    if (block.ssrc === this.#ssrc) this.#feedback.lost((block.fractionLost * 100) / 256);
  }

  pictureLoss(): void {
    this.#feedback.pictureLost();
  }

  fullIntra(): void {
    this.#feedback.pictureLost();
  }
}
