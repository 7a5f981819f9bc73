import type { SampleRate } from '../codec/codec.js';
import type { EncodeProfile } from './encode-profile.js';
import { addSamples, type HeardVoice } from './heard-voice.js';
import { Limiter } from './limiter.js';
import type { MixMember } from './mix-member.js';
import { MixOutput } from './mix-output.js';
import { frameSamples, mixRates, rateIndex } from './mix-rate.js';
import type { SoundQueue } from './sound-queue.js';
import { type SoundSamples, soundFrame } from './sound-samples.js';

/** What a room's mixes are made of. */
export interface MixSources {
  /** Which tick it is, counted from the room's first. */
  readonly tick: number;
  readonly voices: readonly HeardVoice[];
  /** What everybody hears beside the voices. */
  readonly announcements: SoundQueue;
  readonly music: SoundSamples;
}

/** What is heard of them. */
export interface MixRecipe {
  readonly base: 'voices' | 'music' | 'nothing';
  readonly announcements: boolean;
}

/** One thing to hear, for all who hear the same: mixed once for each rate, encoded once for each profile, and only where somebody asks. */
export class Mix {
  recipe: MixRecipe;
  /** Whose voice is left out. */
  without: MixMember | undefined;
  /** What only its one listener hears. */
  sounds: SoundQueue | undefined;
  private readonly outputs: (MixOutput | undefined)[] = [];
  private readonly rates: (RateMix | undefined)[] = mixRates.map(() => undefined);

  constructor(
    private readonly sources: MixSources,
    recipe: MixRecipe,
  ) {
    this.recipe = recipe;
  }

  /** This tick's packets of a profile, for somebody who has heard `before` until now. */
  output(profile: EncodeProfile, before: MixOutput | undefined): MixOutput {
    const output = (this.outputs[profile.id] ??= new MixOutput(profile));
    const { tick } = this.sources;
    if (!output.isDone(tick)) {
      const mixed = this.at(profile.codec.sampleRate);
      output.advance(tick, mixed.samples, mixed.silent, before);
    }
    return output;
  }

  /** This tick's samples at a rate; good until the next tick. */
  at(rate: SampleRate): RateMix {
    const index = rateIndex(rate);
    const mix = (this.rates[index] ??= new RateMix(rate));
    if (mix.tick !== this.sources.tick) {
      mix.tick = this.sources.tick;
      this.make(mix);
    }
    return mix;
  }

  get encodes(): number {
    return this.outputs.reduce((sum, output) => sum + (output?.encodes ?? 0), 0);
  }

  free(): void {
    for (const output of this.outputs) output?.free();
    this.outputs.length = 0;
  }

  private make(mix: RateMix): void {
    const { recipe, sources, sounds } = this;
    const { rate } = mix;
    const announced = recipe.announcements && sources.announcements.playing;
    const sounding = sounds?.playing === true;
    const playsMusic = recipe.base === 'music';
    let parts = (announced ? 1 : 0) + (sounding ? 1 : 0) + (playsMusic ? 1 : 0);
    let voice: HeardVoice | undefined;
    if (recipe.base === 'voices')
      for (let index = 0; index < sources.voices.length; index++) {
        const heard = sources.voices[index] as HeardVoice;
        if (!this.includes(heard)) continue;
        voice = heard;
        parts++;
      }
    if (parts === 0) {
      mix.rest();
      return;
    }
    if (parts === 1 && mix.limiter.idle && (voice === undefined || voice.unchanged)) {
      mix.pass(
        voice !== undefined
          ? voice.at(rate)
          : announced
            ? sources.announcements.frame(rate)
            : sounding
              ? sounds.frame(rate)
              : this.music(rate),
      );
      return;
    }
    const sum = mix.begin();
    if (voice !== undefined)
      for (let index = 0; index < sources.voices.length; index++) {
        const heard = sources.voices[index] as HeardVoice;
        if (this.includes(heard)) heard.addTo(sum, rate);
      }
    if (announced) addSamples(sum, sources.announcements.frame(rate));
    if (sounding) addSamples(sum, sounds.frame(rate));
    if (playsMusic) addSamples(sum, this.music(rate));
    mix.finish();
  }

  private includes(voice: HeardVoice): boolean {
    return voice.sounding && voice.member !== this.without;
  }

  private music(rate: SampleRate): Int16Array {
    const { music, tick } = this.sources;
    return soundFrame(music, tick % music.ticks, rate);
  }
}

/** A mix at one rate. */
class RateMix {
  tick = -1;
  samples: Int16Array;
  silent = true;
  readonly limiter = new Limiter();
  private readonly buffer: Int16Array;
  private readonly sum: Int32Array;
  private readonly zeros: Int16Array;

  constructor(readonly rate: SampleRate) {
    const length = frameSamples(rate);
    this.buffer = new Int16Array(length);
    this.sum = new Int32Array(length);
    this.zeros = new Int16Array(length);
    this.samples = this.zeros;
  }

  rest(): void {
    this.limiter.rest();
    this.samples = this.zeros;
    this.silent = true;
  }

  pass(samples: Int16Array): void {
    this.samples = samples;
    this.silent = false;
  }

  begin(): Int32Array {
    return this.sum.fill(0);
  }

  finish(): void {
    this.limiter.limit(this.sum, this.sum.length, this.buffer);
    this.samples = this.buffer;
    this.silent = false;
  }
}
