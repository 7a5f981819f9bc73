import type { ControlResult } from '../domain/control-command.js';
import type { MediaRoom } from '../ports/mixer.js';

export interface RecordingOptions {
  readonly media: MediaRoom;
  readonly path: () => Promise<string>;
  readonly onStarted: (path: string, by: string) => void;
  readonly onStopped: (path: string, durationMs: number, by: string) => void;
}

/** The recording of one conference: one file at a time, announced to everybody before its first sample. */
export class Recording {
  readonly #options: RecordingOptions;
  #path: string | undefined;
  #isChanging = false;
  #isOver = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#path !== undefined;
  }

  async start(by: string): Promise<ControlResult> {
    if (this.#isChanging || this.isOn) return { ok: false, failure: 'conflict', detail: 'a recording is under way' };
    this.#isChanging = true;
    try {
      const path = await this.#options.path();
      await this.#options.media.play({ kind: 'tones', name: 'recording' }, 'everybody');
      await this.#options.media.startRecording(path);
      // What closes the media then has closed the file as well.
      if (this.#isOver) return { ok: false, failure: 'conflict', detail: 'the conference has ended' };
      this.#path = path;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, failure: 'unavailable', detail: `the recording can't be written: ${reason}` };
    } finally {
      this.#isChanging = false;
    }
    this.#options.onStarted(this.#path, by);
    return { ok: true };
  }

  async stop(by: string): Promise<ControlResult> {
    const path = this.#path;
    if (path === undefined || this.#isChanging)
      return { ok: false, failure: 'conflict', detail: 'no recording is under way' };
    this.#isChanging = true;
    let durationMs = 0;
    try {
      durationMs = (await this.#options.media.stopRecording())?.durationMs ?? 0;
    } catch {
      // The thread is gone, and so is what it had not written: the file ends where it ends.
    } finally {
      this.#isChanging = false;
      this.#path = undefined;
    }
    this.#options.onStopped(path, durationMs, by);
    return { ok: true };
  }

  /** The conference is over: a recording that is on is stopped, and none begins. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.isOn) await this.stop('focus');
  }
}
