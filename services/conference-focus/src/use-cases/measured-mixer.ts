import type {
  MediaRoom,
  MemberControls,
  MemberMedia,
  MemberPorts,
  MemberStatistics,
  Mixer,
  MixerLoad,
  RoomMediaOptions,
  Sound,
} from '../ports/mixer.js';

/** Told what a member's media was like, when its ports close. */
export type MediaObserver = (statistics: MemberStatistics) => void;

/** A mixer that tells what the media of members was like who have gone. */
export class MeasuredMixer implements Mixer {
  readonly #mixer: Mixer;
  readonly #observe: MediaObserver;

  constructor(mixer: Mixer, observe: MediaObserver) {
    this.#mixer = mixer;
    this.#observe = observe;
  }

  open(room: string, options: RoomMediaOptions): MediaRoom {
    return new MeasuredRoom(this.#mixer.open(room, options), this.#observe);
  }

  load(): MixerLoad {
    return this.#mixer.load();
  }

  close(): Promise<void> {
    return this.#mixer.close();
  }
}

class MeasuredRoom implements MediaRoom {
  readonly #room: MediaRoom;
  readonly #observe: MediaObserver;
  /** Who hasn't been told of yet. */
  readonly #members = new Set<string>();

  constructor(room: MediaRoom, observe: MediaObserver) {
    this.#room = room;
    this.#observe = observe;
  }

  async add(member: string, wanted: { readonly family: 'IP4' | 'IP6'; readonly video: boolean }): Promise<MemberPorts> {
    const ports = await this.#room.add(member, wanted);
    this.#members.add(member);
    return ports;
  }

  update(member: string, media: MemberMedia): void {
    this.#room.update(member, media);
  }

  control(member: string, controls: MemberControls): void {
    this.#room.control(member, controls);
  }

  pictureLost(member: string): void {
    this.#room.pictureLost(member);
  }

  play(sound: Sound, to: string | 'everybody'): Promise<void> {
    return this.#room.play(sound, to);
  }

  startRecording(path: string): Promise<void> {
    return this.#room.startRecording(path);
  }

  stopRecording(): Promise<{ readonly durationMs: number } | undefined> {
    return this.#room.stopRecording();
  }

  statistics(member: string): Promise<MemberStatistics | undefined> {
    return this.#room.statistics(member);
  }

  /** The question goes before the removal, on the same way, so it is answered first; the removal doesn't wait for that. */
  async remove(member: string): Promise<void> {
    const measured = this.#measure(member);
    await this.#room.remove(member);
    await measured;
  }

  async close(): Promise<void> {
    const measured = [...this.#members].map((member) => this.#measure(member));
    await this.#room.close();
    await Promise.all(measured);
  }

  async #measure(member: string): Promise<void> {
    if (!this.#members.delete(member)) return;
    // A thread that is gone has taken its figures along.
    const statistics = await this.#room.statistics(member).catch(() => undefined);
    if (statistics !== undefined) this.#observe(statistics);
  }
}
