import { isRtcp, RTCP_HEADER_BYTES, rtpHeaderBytes } from './headers.js';
import type { KeyStream } from './key-stream.js';
import { estimateRollOver } from './packet-number.js';
import { MAX_ROLL_OVER, MAX_SOURCES, type SrtpRefusal } from './refusal.js';
import { ReplayWindow } from './replay-window.js';
import { SRTP_SUITES, type SrtpSuite } from './suite.js';
import type { PacketTransform } from './transform.js';
import { transformsOf } from './transforms.js';
import { readWord } from './words.js';

const FIXED_RTP_BYTES = 12;

interface Source {
  readonly ssrc: number;
  readonly stream: KeyStream;
  readonly window: ReplayWindow;
}

/**
 * Opens what is received under one master key (RFC 3711, 7714): RTP and RTCP of any number of SSRCs up to 64, each with its own roll-over
 * counter and replay window. Nothing is remembered of a packet before it is known to be authentic. Packets are changed where they stand;
 * one that is refused is as it came. A new key is a new receiver.
 */
export class SrtpReceiver {
  readonly #rtp: PacketTransform;
  readonly #rtcp: PacketTransform;
  readonly #rtcpIndexFromEnd: number;
  readonly #rtpSources = new Map<number, Source>();
  readonly #rtcpSources = new Map<number, Source>();
  /** What an SSRC that isn't known yet is tried with. */
  #spare: Source | undefined;
  #latest: Source | undefined;
  readonly #previous = new Map<number, number>();

  /**
   * `keyAndSalt`: master key and salt as `inline:` has them. `previous`: the receiver whose key this one replaces; an SSRC that it knew
   * may go on with its roll-over counter (RFC 3711 §3.3.1) or begin at zero, since senders do either.
   */
  constructor(suite: SrtpSuite, keyAndSalt: Uint8Array, previous?: SrtpReceiver) {
    const { rtp, rtcp } = transformsOf(suite, keyAndSalt);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    const { isAead, rtcpTagBytes } = SRTP_SUITES[suite];
    this.#rtcpIndexFromEnd = isAead ? 4 : 4 + rtcpTagBytes;
    if (previous === undefined) return;
    for (const [ssrc, source] of previous.#rtpSources) this.#previous.set(ssrc, source.window.highest);
  }

  /** Opens the SRTP packet in 0 … `length` and returns the length of the RTP packet, or why it is refused. */
  unprotectRtp(packet: Uint8Array, length: number): number | SrtpRefusal {
    const end = length - this.#rtp.overheadBytes;
    // The header is read up to where the tag begins, so that no length in it reaches into the tag.
    const header = end < FIXED_RTP_BYTES ? -1 : rtpHeaderBytes(packet, end);
    if (header === -1) return 'malformed';
    const ssrc = readWord(packet, 8);
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    const latest = this.#latest;
    const source = latest !== undefined && latest.ssrc === ssrc ? latest : this.#rtpSources.get(ssrc);
    if (source === undefined) return this.#openFirst(ssrc, sequence, packet, header, length);
    this.#latest = source;
    const { highest } = source.window;
    const rollOver = estimateRollOver(Math.floor(highest / 0x10000), highest % 0x10000, sequence);
    if (rollOver < 0) return 'replay';
    if (rollOver > MAX_ROLL_OVER) return 'exhausted';
    return this.#open(this.#rtp, source, packet, header, length, rollOver, sequence);
  }

  /** Opens the SRTCP packet in 0 … `length` and returns the length of the RTCP compound, or why it is refused. */
  unprotectRtcp(packet: Uint8Array, length: number): number | SrtpRefusal {
    if (length < RTCP_HEADER_BYTES + this.#rtcp.overheadBytes || !isRtcp(packet, length)) return 'malformed';
    const ssrc = readWord(packet, 4);
    const index = readWord(packet, length - this.#rtcpIndexFromEnd) & 0x7fffffff;
    const known = this.#rtcpSources.get(ssrc);
    if (known === undefined && this.#rtcpSources.size >= MAX_SOURCES) return 'source';
    const source = known ?? newSource(this.#rtcp, ssrc);
    const opened = this.#open(this.#rtcp, source, packet, RTCP_HEADER_BYTES, length, index >>> 16, index & 0xffff);
    if (known === undefined && typeof opened === 'number') this.#rtcpSources.set(ssrc, source);
    return opened;
  }

  /** A source becomes one by its first authentic packet. */
  #openFirst(ssrc: number, sequence: number, packet: Uint8Array, header: number, length: number): number | SrtpRefusal {
    if (this.#rtpSources.size >= MAX_SOURCES) return 'source';
    const source = this.#spare?.ssrc === ssrc ? this.#spare : newSource(this.#rtp, ssrc);
    this.#spare = source;
    const highest = this.#previous.get(ssrc);
    let opened = this.#open(this.#rtp, source, packet, header, length, 0, sequence);
    if (opened === 'authentication' && highest !== undefined) {
      const rollOver = estimateRollOver(Math.floor(highest / 0x10000), highest % 0x10000, sequence);
      if (rollOver > 0 && rollOver <= MAX_ROLL_OVER) {
        opened = this.#open(this.#rtp, source, packet, header, length, rollOver, sequence);
      }
    }
    if (typeof opened !== 'number') return opened;
    this.#rtpSources.set(ssrc, source);
    this.#spare = undefined;
    return opened;
  }

  #open(
    transform: PacketTransform,
    source: Source,
    packet: Uint8Array,
    header: number,
    length: number,
    high: number,
    low: number,
  ): number | SrtpRefusal {
    const number = high * 0x10000 + low;
    if (!source.window.admits(number)) return 'replay';
    const opened = transform.open(source.stream, packet, header, length, high, low);
    if (opened === -1) return 'authentication';
    source.window.add(number);
    return opened;
  }
}

function newSource(transform: PacketTransform, ssrc: number): Source {
  return { ssrc, stream: transform.keyStream(ssrc), window: new ReplayWindow() };
}
