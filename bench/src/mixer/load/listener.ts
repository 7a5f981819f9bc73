import { type Codec, RtpView } from '@ringdown/media';
import type { Heard } from './load-questions.js';

/** Keeps what one participant is sent, and decodes it afterwards. */
export class Listener {
  readonly #codec: Codec;
  readonly #packets: Buffer[] = [];

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  received(raw: string): void {
    this.#packets.push(Buffer.from(raw, 'latin1'));
  }

  /** Samples where their timestamps say; silence where nothing came. Loopback keeps the order. */
  heard(): Heard {
    const { sampleRate, clockRate } = this.#codec;
    const decoder = this.#codec.createDecoder();
    const view = new RtpView();
    const frame = new Int16Array(sampleRate / 10);
    const pieces: { readonly at: number; readonly samples: Int16Array }[] = [];
    let first: number | undefined;
    for (const packet of this.#packets) {
      if (view.read(packet) !== undefined) continue;
      first ??= view.timestamp;
      const payload = packet.subarray(view.payloadOffset, view.payloadOffset + view.payloadLength);
      const length = decoder.decode(payload, frame);
      const at = ((view.timestamp - first) >>> 0) * (sampleRate / clockRate);
      pieces.push({ at, samples: frame.slice(0, length) });
    }
    decoder.free();
    const end = Math.max(0, ...pieces.slice(-10).map(({ at, samples }) => at + samples.length));
    const samples = new Int16Array(end);
    for (const piece of pieces) if (piece.at + piece.samples.length <= end) samples.set(piece.samples, piece.at);
    return { samples, sampleRate };
  }
}
