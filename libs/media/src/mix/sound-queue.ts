import type { SampleRate } from '../codec/codec.js';

import { type SoundSamples, soundFrame } from './sound-samples.js';

interface Waiting {
  readonly sound: SoundSamples;
  readonly ended: () => void;
}

/** So many sounds may wait for the one that is heard; what comes then is left out. */
const mostWaiting = 16;

/** Sounds that are heard one after the other. */
export class SoundQueue {
  private readonly waiting: Waiting[] = [];
  private tick = 0;

  get playing(): boolean {
    return this.waiting.length > 0;
  }

  /** `ended` is called when the sound has been heard to its end, or is left out. */
  add(sound: SoundSamples, ended: () => void): void {
    if (sound.ticks === 0 || this.waiting.length >= mostWaiting) ended();
    else this.waiting.push({ sound, ended });
  }

  /** What is to be heard in this tick, while `playing`. */
  frame(rate: SampleRate): Int16Array {
    return soundFrame((this.waiting[0] as Waiting).sound, this.tick, rate);
  }

  /** At the end of each tick. */
  advance(): void {
    const current = this.waiting[0];
    if (current === undefined || ++this.tick < current.sound.ticks) return;
    this.tick = 0;
    this.waiting.shift();
    current.ended();
  }

  /** Nothing is heard any more. */
  clear(): void {
    this.tick = 0;
    for (const { ended } of this.waiting.splice(0)) ended();
  }
}
