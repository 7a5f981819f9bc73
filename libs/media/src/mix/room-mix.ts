import { HeardVoice } from './heard-voice.js';
import { Mix, type MixRecipe, type MixSources } from './mix.js';
import type { MixMember } from './mix-member.js';
import type { MixOutput } from './mix-output.js';
import { SoundQueue } from './sound-queue.js';
import type { SoundSamples } from './sound-samples.js';
import { SpeakerList } from './speaker-list.js';
import { SpeakerSelection } from './speaker-selection.js';

/** Where a tick's packets go. */
export interface MixSink<Member extends MixMember> {
  /** One packet for one member: the payload is `output.payloads[index]`, `output.lengths[index]` bytes of it. Copy it, it serves others as well. */
  packet(member: Member, output: MixOutput, index: number): void;
}

export interface RoomMixOptions {
  /** For who waits or is alone. */
  readonly music: SoundSamples;
  /** Whether who is alone hears it; true unless told. */
  readonly isMusicForAlone?: boolean;
  /** How many are heard at once; 3 unless told. */
  readonly places?: number;
}

const voices: MixRecipe = { base: 'voices', announcements: true };
const announcements: MixRecipe = { base: 'nothing', announcements: true };
const nothing: MixRecipe = { base: 'nothing', announcements: false };

/** What is recorded has one rate, whoever comes: all of a voice that is understood. */
export const recordedRate = 16_000;

/**
 * The audio of one room. Each tick takes 20 ms of everybody's voice, finds the loudest, and gives everybody 20 ms of what they are to hear. Who is heard
 * gets a mix without their own voice; all others share one, which is encoded once for each profile. There is no rate of the room: what is
 * heard is mixed at each rate that somebody listens at, so that one who joins with another codec changes nothing for who is there. No socket, no clock.
 */
export class RoomMix<Member extends MixMember> implements MixSources {
  tick = -1;
  readonly voices: HeardVoice[] = [];
  readonly announcements = new SoundQueue();
  readonly music: SoundSamples;
  readonly members: Member[] = [];
  private readonly selection: SpeakerSelection<Member>;
  private readonly speakers = new SpeakerList();
  private readonly shared = new Mix(this, voices);
  private readonly musical = new Mix(this, { base: 'music', announcements: false });
  private readonly announcing = new Mix(this, announcements);
  private readonly spare: Mix[] = [];
  private readonly isMusicForAlone: boolean;
  private presentCount = 0;

  constructor(options: RoomMixOptions) {
    this.music = options.music;
    this.isMusicForAlone = options.isMusicForAlone ?? true;
    this.selection = new SpeakerSelection(options.places ?? 3);
  }

  add(member: Member): void {
    this.members.push(member);
  }

  remove(member: Member): void {
    const index = this.members.indexOf(member);
    if (index < 0) return;
    this.members.splice(index, 1);
    this.selection.remove(member);
    member.voice?.release();
    member.sounds.clear();
    this.giveBack(member);
  }

  /** `ended` is called when everybody has heard it to its end, or it is left out. */
  announce(sound: SoundSamples, ended: () => void): void {
    this.announcements.add(sound, ended);
  }

  /** Goes on to `tick`, which is the next one, or a later one where some were skipped. Returns who speaks, the loudest first, where that has changed. */
  advance(tick: number, nowMs: number, sink: MixSink<Member>): readonly string[] | undefined {
    this.tick = tick;
    const { members } = this;
    this.presentCount = 0;
    for (let index = 0; index < members.length; index++) {
      const member = members[index] as Member;
      member.listen(nowMs);
      if (member.present) this.presentCount++;
    }
    this.selection.choose(members);
    this.hearVoices();
    for (let index = 0; index < members.length; index++) this.speakTo(members[index] as Member, sink);
    this.announcements.advance();
    return this.speakers.look(this.selection.chosen);
  }

  /** Who speaks, the loudest first, as it was told last. */
  get speaking(): readonly string[] {
    return this.speakers.current;
  }

  /** This tick of what somebody would hear who only listens, at `recordedRate`; undefined where it is silent. */
  recorded(): Int16Array | undefined {
    const mixed = this.shared.at(recordedRate);
    return mixed.silent ? undefined : mixed.samples;
  }

  /** How often something was encoded since the room began. */
  get encodes(): number {
    return this.mixes().reduce((sum, mix) => sum + mix.encodes, 0);
  }

  close(): void {
    for (const member of this.members.slice()) this.remove(member);
    this.announcements.clear();
    for (const mix of this.mixes()) mix.free();
  }

  private hearVoices(): void {
    const { chosen } = this.selection;
    for (let place = 0; place < chosen.length; place++) {
      const member = chosen[place];
      if (member !== undefined && member.voice === undefined) this.giveVoice(member);
    }
    for (let index = 0; index < this.voices.length; index++) (this.voices[index] as HeardVoice).advance();
  }

  private giveVoice(member: Member): void {
    let free: HeardVoice | undefined;
    for (let index = 0; index < this.voices.length && free === undefined; index++)
      if (this.voices[index]?.member === undefined) free = this.voices[index];
    if (free === undefined) {
      free = new HeardVoice();
      this.voices.push(free);
    }
    free.give(member);
  }

  private speakTo(member: Member, sink: MixSink<Member>): void {
    const { profile } = member;
    if (profile !== undefined) {
      const mix = this.mixFor(member);
      if (member.own !== undefined && member.own !== mix) this.giveBack(member);
      const output = mix.output(profile, member.output);
      member.output = output;
      for (let index = 0; index < output.count; index++) sink.packet(member, output, index);
    }
    member.sounds.advance();
  }

  private mixFor(member: Member): Mix {
    const { waiting, deaf } = member.hearing;
    // Music pauses for a sound.
    if (member.sounds.playing) return this.ownMix(member, waiting ? nothing : deaf ? announcements : voices);
    if (waiting) return this.musical;
    if (deaf) return this.announcing;
    if (this.presentCount === 1 && this.isMusicForAlone && !this.announcements.playing) return this.musical;
    return member.voice === undefined ? this.shared : this.ownMix(member, voices);
  }

  private ownMix(member: Member, recipe: MixRecipe): Mix {
    let { own } = member;
    if (own === undefined) {
      own = this.spare.pop() ?? new Mix(this, recipe);
      own.without = member;
      own.sounds = member.sounds;
      member.own = own;
    }
    own.recipe = recipe;
    return own;
  }

  private giveBack(member: Member): void {
    if (member.own === undefined) return;
    member.own.without = undefined;
    member.own.sounds = undefined;
    this.spare.push(member.own);
    member.own = undefined;
  }

  private mixes(): Mix[] {
    const own = this.members.flatMap((member) => member.own ?? []);
    return [this.shared, this.musical, this.announcing, ...own, ...this.spare];
  }
}
