import { type Codec, G722, loadOpus, PCMA, PCMU } from '@ringdown/media';
import type { AudioCodec } from '../ports/mixer.js';

/** The codecs of a thread, by the names that offers and answers have. */
export type AudioCodecs = Readonly<Record<AudioCodec['encoding'], Codec>>;

/** Loads what has to be loaded, once a thread. */
export async function loadCodecs(): Promise<AudioCodecs> {
  return { PCMU, PCMA, G722, opus: await loadOpus() };
}
