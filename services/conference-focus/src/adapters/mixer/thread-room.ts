import type {
  MediaRoom,
  MemberControls,
  MemberMedia,
  MemberPorts,
  MemberStatistics,
  RoomMediaOptions,
  Sound,
} from '../../ports/mixer.js';
import { type MixerThreadLink, ThreadGone } from './mixer-thread-link.js';

/** A room, as the focus holds it: everything is passed on to the thread that has it. */
export class ThreadRoom implements MediaRoom {
  readonly #thread: MixerThreadLink;
  readonly #number: number;
  #isClosed = false;

  constructor(thread: MixerThreadLink, options: RoomMediaOptions) {
    this.#thread = thread;
    this.#number = thread.openRoom(options.isMusicForAlone ?? true, (event) => {
      if (!this.#isClosed) options.onEvent(event);
    });
  }

  add(member: string, wanted: { readonly family: 'IP4' | 'IP6'; readonly video: boolean }): Promise<MemberPorts> {
    return this.#thread.ask(this.#number, { type: 'add', member, ...wanted });
  }

  update(member: string, media: MemberMedia): void {
    this.#thread.tell({ type: 'update', room: this.#number, member, media });
  }

  control(member: string, controls: MemberControls): void {
    this.#thread.tell({ type: 'control', room: this.#number, member, controls });
  }

  pictureLost(member: string): void {
    this.#thread.tell({ type: 'picture-lost', room: this.#number, member });
  }

  async play(sound: Sound, to: string | 'everybody'): Promise<void> {
    // Whatever keeps it from being heard, it is over then.
    await this.#thread.ask(this.#number, { type: 'play', sound, to }).catch(() => undefined);
  }

  async startRecording(path: string): Promise<void> {
    await this.#thread.ask(this.#number, { type: 'start-recording', path });
  }

  stopRecording(): Promise<{ readonly durationMs: number } | undefined> {
    return this.#thread.ask(this.#number, { type: 'stop-recording' });
  }

  async statistics(member: string): Promise<MemberStatistics | undefined> {
    return this.#unlessGone(this.#thread.ask(this.#number, { type: 'statistics', member }));
  }

  async remove(member: string): Promise<void> {
    await this.#unlessGone(this.#thread.ask(this.#number, { type: 'remove', member }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#unlessGone(this.#thread.ask(this.#number, { type: 'close-room' }));
    } finally {
      this.#thread.forgetRoom(this.#number);
    }
  }

  /** Where the thread is gone, so is what was asked for. */
  async #unlessGone<Value>(asked: Promise<Value>): Promise<Value | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (this.#isClosed || error instanceof ThreadGone) return undefined;
      throw error;
    }
  }
}
