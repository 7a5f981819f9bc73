import { isRtcp, RTCP_HEADER_BYTES, rtpHeaderBytes } from './headers.js';
import type { KeyStream } from './key-stream.js';
import { estimateRollOver } from './packet-number.js';
import { MAX_ROLL_OVER, MAX_RTCP_INDEX, MAX_SOURCES, type SrtpRefusal } from './refusal.js';
import { ReplayWindow } from './replay-window.js';
import type { SrtpSuite } from './suite.js';
import type { PacketTransform } from './transform.js';
import { transformsOf } from './transforms.js';
import { readWord } from './words.js';

interface RtpSource {
  readonly ssrc: number;
  readonly stream: KeyStream;
  readonly window: ReplayWindow;
}

interface RtcpSource {
  readonly stream: KeyStream;
  nextIndex: number;
}

/**
 * Protects what is sent under one master key (RFC 3711, 7714): RTP and RTCP of any number of SSRCs up to 64, each with its own roll-over
 * counter. Packets are changed where they stand. A new key is a new sender.
 */
export class SrtpSender {
  /** How much longer a protected packet is: the room that must be behind it. */
  readonly rtpOverheadBytes: number;
  readonly rtcpOverheadBytes: number;
  readonly #rtp: PacketTransform;
  readonly #rtcp: PacketTransform;
  readonly #rtpSources = new Map<number, RtpSource>();
  readonly #rtcpSources = new Map<number, RtcpSource>();
  #latest: RtpSource | undefined;

  /**
   * `keyAndSalt`: master key and salt as `inline:` has them. `previous`: the sender whose key this one replaces on the same addresses;
   * then roll-over counters go on from there, as RFC 3711 §3.3.1 asks. On new addresses they begin at zero (RFC 4568 §7.1.4).
   */
  constructor(suite: SrtpSuite, keyAndSalt: Uint8Array, previous?: SrtpSender) {
    const { rtp, rtcp } = transformsOf(suite, keyAndSalt);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.rtpOverheadBytes = rtp.overheadBytes;
    this.rtcpOverheadBytes = rtcp.overheadBytes;
    if (previous === undefined) return;
    for (const [ssrc, source] of previous.#rtpSources) this.#add(ssrc).window.highest = source.window.highest;
  }

  /**
   * Protects the RTP packet in 0 … `length` and returns its new length, or why it wasn't: a number must not be used twice under one key,
   * so that a packet sent again is a `replay`. After a refusal the packet is as it was.
   */
  protectRtp(packet: Uint8Array, length: number): number | SrtpRefusal {
    const header = rtpHeaderBytes(packet, length);
    if (header === -1) return 'malformed';
    checkRoom(packet, length, this.rtpOverheadBytes);
    const ssrc = readWord(packet, 8);
    const latest = this.#latest;
    const source =
      latest !== undefined && latest.ssrc === ssrc ? latest : (this.#rtpSources.get(ssrc) ?? this.#admit(ssrc));
    if (source === undefined) return 'source';
    this.#latest = source;
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    const { window } = source;
    const { highest } = window;
    const rollOver = highest === -1 ? 0 : estimateRollOver(Math.floor(highest / 0x10000), highest % 0x10000, sequence);
    if (rollOver > MAX_ROLL_OVER) return 'exhausted';
    const number = rollOver * 0x10000 + sequence;
    if (number < 0 || !window.admits(number)) return 'replay';
    window.add(number);
    return this.#rtp.seal(source.stream, packet, header, length, rollOver, sequence);
  }

  /** Protects the RTCP compound in 0 … `length` and returns its new length, or why it wasn't. */
  protectRtcp(packet: Uint8Array, length: number): number | SrtpRefusal {
    if (!isRtcp(packet, length)) return 'malformed';
    checkRoom(packet, length, this.rtcpOverheadBytes);
    const ssrc = readWord(packet, 4);
    let source = this.#rtcpSources.get(ssrc);
    if (source === undefined) {
      if (this.#rtcpSources.size >= MAX_SOURCES) return 'source';
      source = { stream: this.#rtcp.keyStream(ssrc), nextIndex: 0 };
      this.#rtcpSources.set(ssrc, source);
    }
    const index = source.nextIndex;
    if (index > MAX_RTCP_INDEX) return 'exhausted';
    source.nextIndex = index + 1;
    return this.#rtcp.seal(source.stream, packet, RTCP_HEADER_BYTES, length, index >>> 16, index & 0xffff);
  }

  #admit(ssrc: number): RtpSource | undefined {
    return this.#rtpSources.size >= MAX_SOURCES ? undefined : this.#add(ssrc);
  }

  #add(ssrc: number): RtpSource {
    const source = { ssrc, stream: this.#rtp.keyStream(ssrc), window: new ReplayWindow() };
    this.#rtpSources.set(ssrc, source);
    return source;
  }
}

function checkRoom(packet: Uint8Array, length: number, overheadBytes: number): void {
  if (packet.length - length < overheadBytes) {
    throw new RangeError(
      `a packet of ${length} bytes needs room for ${overheadBytes} more, its memory has ${packet.length}`,
    );
  }
}
