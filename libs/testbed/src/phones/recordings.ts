import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { amplitudeOf } from './goertzel.js';
import { readSound, type Sound, telephone } from './tone-file.js';

const nothing: Sound = { sampleRate: telephone.sampleRate, samples: new Int16Array(0) };

/** What a phone has heard so far, as a point in it; what has come since can then be told apart. */
export interface Heard {
  readonly recording: string;
  readonly samples: number;
}

/** The recordings that baresip's sndfile makes of what a phone hears: one for each call, which ends with its first hold. */
export class Recordings {
  constructor(private readonly folder: string) {}

  /** All that the latest recording has. */
  latest(): Sound {
    const file = this.file();
    return file === undefined ? nothing : readSound(join(this.folder, file));
  }

  /** Amplitude of a tone in the last `seconds` of the latest recording. */
  amplitude(hertz: number, seconds: number): number {
    const { samples, sampleRate } = this.latest();
    const from = Math.max(0, samples.length - Math.round(seconds * sampleRate));
    return amplitudeOf(samples.subarray(from), hertz, sampleRate);
  }

  /** Seconds of sound in the latest recording. */
  get seconds(): number {
    const { samples, sampleRate } = this.latest();
    return samples.length / sampleRate;
  }

  /** Where the latest recording ends now. */
  mark(): Heard {
    return { recording: this.file() ?? '', samples: this.latest().samples.length };
  }

  /** What has been recorded since a mark: less than the time that has gone where nothing came. */
  since({ recording, samples: known }: Heard): Sound {
    const { samples, sampleRate } = this.latest();
    // The same name with less in it is another recording of the same second.
    const isSame = recording === this.file() && samples.length >= known;
    return { sampleRate, samples: isSame ? samples.subarray(known) : samples };
  }

  forget(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { force: true });
  }

  private file(): string | undefined {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('-dec.wav'))
      .toSorted()
      .at(-1);
  }
}
