import { readFileSync, writeFileSync } from 'node:fs';

const sampleRate = 8_000;
const headerBytes = 44;

/** Writes a mono 16-bit WAV file of one sine tone at 8,000 samples a second; `amplitude` is the peak, at most 32,767. */
export function writeTone(file: string, hertz: number, seconds: number, amplitude = 8_000): void {
  const samples = sampleRate * seconds;
  const wav = Buffer.alloc(headerBytes + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1) {
    wav.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / sampleRate)), headerBytes + i * 2);
  }
  writeFileSync(file, wav);
}

/** Reads the samples of a mono 16-bit WAV file. The lengths in the header are not trusted: a recorder writes them last. */
export function readSamples(file: string): Int16Array {
  const wav = readFileSync(file);
  const count = Math.max(0, Math.floor((wav.length - headerBytes) / 2));
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i += 1) samples[i] = wav.readInt16LE(headerBytes + i * 2);
  return samples;
}

/** The last so many seconds of some samples. */
export function lastSeconds(samples: Int16Array, seconds: number): Int16Array {
  return samples.subarray(Math.max(0, samples.length - seconds * sampleRate));
}
