import { type Codec, G722, loadOpus, PCMU } from '@ringdown/media';
import type { Kind } from '../cell.js';

/** What participants of a kind speak. */
export function codecOf(kind: Kind): Promise<Codec> {
  return kind === 'Opus' ? loadOpus() : Promise.resolve(kind === 'G.722' ? G722 : PCMU);
}

/** Of samples as payloads of 20 ms each, in order. What is left over is left out. */
export function payloadsOf(codec: Codec, samples: Int16Array): readonly Uint8Array[] {
  const frame = codec.sampleRate / 50;
  const encoder = codec.createEncoder();
  const out = new Uint8Array(1500);
  const payloads = Array.from({ length: Math.floor(samples.length / frame) }, (_, index) => {
    const length = encoder.encode(samples.subarray(index * frame, (index + 1) * frame), out);
    return out.slice(0, length);
  });
  encoder.free();
  return payloads;
}
