import type { SampleRate } from '../codec/codec.js';
import { frameSamples, tickMs } from './mix-rate.js';
import { type SoundSamples, soundOf } from './sound-samples.js';

/** What the names stand for; each is told from the others by ear. */
export type ToneName =
  | 'join'
  | 'leave'
  | 'pin-prompt'
  | 'pin-wrong'
  | 'pin-right'
  | 'muted'
  | 'unmuted'
  | 'recording'
  | 'refused';

interface Note {
  readonly hertz: readonly number[];
  readonly lengthMs: number;
}

const note = (lengthMs: number, ...hertz: number[]): Note => ({ hertz, lengthMs });
const pause = (lengthMs: number): Note => ({ hertz: [], lengthMs });

/** Rising means in, falling means out, twice the same asks for something, a low one refuses. */
const melodies: Readonly<Record<ToneName, readonly Note[]>> = {
  join: [note(120, 523.25), note(160, 783.99)],
  leave: [note(120, 783.99), note(160, 523.25)],
  'pin-prompt': [note(160, 659.25), pause(80), note(160, 659.25), pause(80), note(240, 880)],
  'pin-wrong': [note(200, 311.13), pause(60), note(320, 233.08)],
  'pin-right': [note(100, 659.25), note(100, 830.61), note(200, 987.77)],
  muted: [note(90, 587.33), note(130, 392)],
  unmuted: [note(90, 392), note(130, 587.33)],
  recording: [note(220, 1400), pause(180), note(220, 1400)],
  refused: [note(250, 480, 620), pause(250), note(250, 480, 620)],
};

const amplitude = 5200;
/** Of each note's begin and end, so that none clicks. */
const edgeMs = 12;

const rendered = new Map<ToneName, SoundSamples>();

/** A sound of tones at every rate, a whole number of ticks long. Rendered once, at the first call. */
export function toneSound(name: ToneName): SoundSamples {
  let sound = rendered.get(name);
  if (sound === undefined) {
    const ticks = Math.ceil(melodies[name].reduce((sum, { lengthMs }) => sum + lengthMs, 0) / tickMs);
    sound = soundOf(ticks, (rate) => render(melodies[name], rate, ticks));
    rendered.set(name, sound);
  }
  return sound;
}

function render(melody: readonly Note[], rate: SampleRate, ticks: number): Int16Array {
  const samples = new Int16Array(ticks * frameSamples(rate));
  let start = 0;
  for (const { hertz, lengthMs } of melody) {
    const length = Math.round((lengthMs * rate) / 1000);
    const edge = Math.round((edgeMs * rate) / 1000);
    for (let index = 0; index < length && start + index < samples.length; index++) {
      const fromEnd = Math.min(index, length - 1 - index);
      const envelope = fromEnd >= edge ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * fromEnd) / edge);
      let sample = 0;
      for (const frequency of hertz) sample += Math.sin((2 * Math.PI * frequency * index) / rate);
      samples[start + index] = Math.round((sample / Math.max(1, hertz.length)) * envelope * amplitude);
    }
    start += length;
  }
  return samples;
}
