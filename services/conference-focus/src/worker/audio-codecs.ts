import { type Codec, PCMA, PCMU } from '@ringdown/media';
import type { AudioCodec } from '../ports/mixer.js';

const codecs: Partial<Record<AudioCodec['encoding'], Codec>> = { PCMU, PCMA };

/** The codec of an encoding; undefined where this thread has none, so that nothing is heard of it. */
export function codecOf({ encoding }: AudioCodec): Codec | undefined {
  return codecs[encoding];
}
