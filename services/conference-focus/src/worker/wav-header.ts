/** Bytes before the first sample. */
export const wavHeaderBytes = 44;

/** The header of a WAV file of 16-bit mono PCM that has `dataBytes` of samples; at most 4 GiB, as the format goes. */
export function wavHeader(sampleRate: number, dataBytes: number): Buffer {
  const size = Math.min(dataBytes, 0xffffffff - wavHeaderBytes);
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(size + wavHeaderBytes - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(size, 40);
  return header;
}
