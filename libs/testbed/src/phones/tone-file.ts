import { readFileSync, writeFileSync } from 'node:fs';

const headerBytes = 44;
const bytesPerSample = 2;

/** What a file of sound consists of, unless told: G.711's. */
export interface SoundFormat {
  readonly sampleRate: number;
  readonly channels: number;
}

/** One channel of a recording, as 16-bit samples. */
export interface Sound {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

export const telephone: SoundFormat = { sampleRate: 8_000, channels: 1 };

/** Writes a 16-bit WAV file of whole seconds of one sine tone of so many whole hertz, the same on every channel; `amplitude` is the peak, at most 32,767. */
export function writeTone(
  file: string,
  hertz: number,
  seconds: number,
  { sampleRate, channels }: SoundFormat = telephone,
  amplitude = 8_000,
): void {
  const frames = sampleRate * seconds;
  const frameBytes = channels * bytesPerSample;
  const wav = Buffer.alloc(headerBytes + frames * frameBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * frameBytes, 28);
  wav.writeUInt16LE(frameBytes, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(frames * frameBytes, 40);
  // A second has a whole number of the tone's periods, so that all seconds are alike.
  const secondBytes = sampleRate * frameBytes;
  for (let i = 0; i < sampleRate; i += 1) {
    const sample = Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / sampleRate));
    for (let channel = 0; channel < channels; channel += 1)
      wav.writeInt16LE(sample, headerBytes + i * frameBytes + channel * bytesPerSample);
  }
  for (let second = 1; second < seconds; second += 1)
    wav.copy(wav, headerBytes + second * secondBytes, headerBytes, headerBytes + secondBytes);
  writeFileSync(file, wav);
}

/** Reads the first channel of a 16-bit WAV file. The lengths in the header are not trusted: a recorder writes them last. */
export function readSound(file: string): Sound {
  const wav = readFileSync(file);
  if (wav.length < headerBytes) return { sampleRate: telephone.sampleRate, samples: new Int16Array(0) };
  const channels = wav.readUInt16LE(22);
  const sampleRate = wav.readUInt32LE(24);
  const frameBytes = channels * bytesPerSample;
  const samples = new Int16Array(Math.floor((wav.length - headerBytes) / frameBytes));
  for (let i = 0; i < samples.length; i += 1) samples[i] = wav.readInt16LE(headerBytes + i * frameBytes);
  return { sampleRate, samples };
}
