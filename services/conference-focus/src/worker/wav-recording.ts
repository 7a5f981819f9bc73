import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname } from 'node:path';
import { wavHeader, wavHeaderBytes } from './wav-header.js';

/** What is gathered before it is written. */
const chunkSec = 1;
/** Chunks that may wait for a slow disk; then the recording ends. */
const mostWaiting = 30;
const ticksPerSec = 50;

/**
 * A WAV file that grows. The tick only copies samples; a second of them at a time is written while the tick goes on. The header's sizes are those
 * of each second, so that a file whose thread has died can be played as far as it got.
 */
export class WavRecording {
  readonly #file: FileHandle;
  readonly #rate: number;
  #chunk: Int16Array;
  #filled = 0;
  #dataBytes = 0;
  #samples = 0;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #lastTurn = -1;

  private constructor(file: FileHandle, rate: number) {
    this.#file = file;
    this.#rate = rate;
    this.#chunk = new Int16Array(rate * chunkSec);
  }

  /** Makes the file and the folders that it is in. Rejects where it can't, and where the file is there already. */
  static async open(path: string, rate: number): Promise<WavRecording> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    await file.write(wavHeader(rate, 0), 0, wavHeaderBytes, 0);
    return new WavRecording(file, rate);
  }

  /** Takes one tick: silence where there are no samples, and for the turns that were left out since the one before. */
  write(turn: number, samples: Int16Array | undefined): void {
    const missed = this.#lastTurn < 0 ? 0 : turn - this.#lastTurn - 1;
    this.#lastTurn = turn;
    for (let tick = 0; tick < missed; tick++) this.#add(undefined);
    this.#add(samples);
  }

  /** Writes what is left. Resolves when the file is whole; rejects with what went wrong with it. */
  async end(): Promise<{ readonly durationMs: number }> {
    this.#flush();
    await this.#written;
    await this.#file.close();
    if (this.#failure !== undefined) throw this.#failure;
    return { durationMs: Math.round((this.#samples / this.#rate) * 1000) };
  }

  #add(samples: Int16Array | undefined): void {
    const length = this.#rate / ticksPerSec;
    if (samples === undefined) this.#chunk.fill(0, this.#filled, this.#filled + length);
    else this.#chunk.set(samples, this.#filled);
    this.#filled += length;
    if (this.#filled >= this.#chunk.length) this.#flush();
  }

  #flush(): void {
    if (this.#filled === 0) return;
    const samples = this.#filled;
    this.#filled = 0;
    if (this.#failure !== undefined) return;
    if (this.#waiting >= mostWaiting) {
      this.#failure = new Error('The disk was too slow for the recording, which ends early');
      return;
    }
    const bytes = Buffer.from(this.#chunk.buffer, 0, samples * 2);
    this.#chunk = new Int16Array(this.#chunk.length);
    if (endianness() === 'BE') bytes.swap16();
    this.#samples += samples;
    this.#waiting++;
    this.#written = this.#written.then(() => this.#append(bytes));
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      await this.#file.write(bytes, 0, bytes.length, wavHeaderBytes + this.#dataBytes);
      this.#dataBytes += bytes.length;
      await this.#file.write(wavHeader(this.#rate, this.#dataBytes), 0, wavHeaderBytes, 0);
    } catch (error) {
      this.#failure ??= error as Error;
    } finally {
      this.#waiting--;
    }
  }
}
