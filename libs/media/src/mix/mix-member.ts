import type { SampleRate } from '../codec/codec.js';
import type { AudioSource } from '../jitter/playout.js';
import type { EncodeProfile } from './encode-profile.js';
import { levelDbOf, powerOf, silenceDb } from './frame-level.js';
import { gainOfDb } from './gain-ramp.js';
import type { HeardVoice } from './heard-voice.js';
import type { Mix } from './mix.js';
import type { MixOutput } from './mix-output.js';
import { frameSamples, longestFrame } from './mix-rate.js';
import { SoundQueue } from './sound-queue.js';
import type { Candidate, Speaker } from './speaker-selection.js';
import { VoiceActivity } from './voice-activity.js';

/** Where a member's voice comes from, at a steady rate. */
export interface MixInput extends Pick<AudioSource, 'read' | 'gauge' | 'gauged'> {
  readonly rate: SampleRate;
}

/** What the room has decided about a member. */
export interface MemberHearing {
  readonly muted: boolean;
  readonly deaf: boolean;
  readonly waiting: boolean;
  readonly gainDb: number;
}

/** One who is in a room, as the mix sees it. */
export class MixMember implements Candidate, Speaker {
  selected = false;
  /** How the member is spoken to; undefined where it is sent nothing. */
  profile: EncodeProfile | undefined;
  /** What it says; undefined where nothing is received. */
  private input: MixInput | undefined;
  /** Its voice in this tick, if `sounding`, and `eligible` or heard still. */
  samples: Int16Array = new Int16Array(0);
  sounding = false;
  /** Of its voice in the last tick's mix. */
  gainBefore = 0;
  /** While it is heard. */
  voice: HeardVoice | undefined;
  readonly sounds = new SoundQueue();
  /** The mix that is made for it alone, while there is one. */
  own: Mix | undefined;
  /** What it heard last. */
  output: MixOutput | undefined;
  hearing: MemberHearing = { muted: false, deaf: false, waiting: false, gainDb: 0 };
  private gain = 1;
  private readonly buffer = new Int16Array(longestFrame);
  private readonly activity = new VoiceActivity();

  constructor(readonly id: string) {}

  /** Whether it takes part: it has media, doesn't wait at the door, and says or hears something. */
  get present(): boolean {
    const { waiting, muted, deaf } = this.hearing;
    return !waiting && !(muted && deaf) && (this.profile !== undefined || this.input !== undefined);
  }

  /** Whether it may be heard by the others. */
  get audible(): boolean {
    return this.input !== undefined && !this.hearing.muted && !this.hearing.waiting;
  }

  get eligible(): boolean {
    return this.activity.active;
  }

  get speaking(): boolean {
    return this.activity.speaking;
  }

  get loudnessDb(): number {
    return this.activity.scoreDb + this.hearing.gainDb;
  }

  get rate(): SampleRate {
    return this.input?.rate ?? 8000;
  }

  /** The gain that its voice is to have at the end of this tick. */
  get gainNow(): number {
    return this.selected && this.audible ? this.gain : 0;
  }

  control(hearing: MemberHearing): void {
    this.hearing = hearing;
    this.gain = gainOfDb(hearing.gainDb);
  }

  /** To be called again when the input's rate has changed. */
  speaksBy(input: MixInput | undefined): void {
    this.input = input;
    if (input === undefined || this.samples.length === frameSamples(input.rate)) return;
    this.samples = this.buffer.subarray(0, frameSamples(input.rate));
    this.gainBefore = 0;
  }

  /** Takes this tick's voice. */
  listen(nowMs: number): void {
    const { input, audible, samples } = this;
    // Most of a room are quiet: whether one begins to speak is told for less than what they send.
    const power = audible && this.gainBefore === 0 && !this.activity.active ? this.gauge(nowMs) : -1;
    if (power >= 0) {
      this.sounding = power > 0;
      this.activity.observe(levelDbOf(power));
      if (this.activity.active) input?.gauged(samples);
      return;
    }
    // Who has just been muted is faded out, for which there must be something to fade.
    this.sounding = input !== undefined && (audible || this.gainBefore > 0) && input.read(samples, nowMs) !== 'silence';
    if (audible) this.activity.observe(this.sounding ? levelDbOf(powerOf(samples)) : silenceDb);
    else if (this.activity.active) this.activity.forget();
  }

  private gauge(nowMs: number): number {
    return this.input === undefined ? -1 : this.input.gauge(this.samples.length, nowMs);
  }
}
