import { type PinEntry, pinKey } from '../domain/pin-entry.js';
import type { Pin } from '../domain/room-settings.js';
import type { Role } from '../domain/roster.js';
import type { CallerGuard } from './caller-guard.js';

/** From the question until the right PIN must be in. */
export const ANSWER_WITHIN_MS = 60_000;
// After the n-th wrong PIN of a call keys are deaf for n times this, so that nobody types through a list.
const DEAF_AFTER_WRONG_MS = 1_000;

export interface PinQuestionOptions {
  readonly pin: Pin | undefined;
  readonly moderatorPin: Pin | undefined;
  /** How many PINs may be entered. */
  readonly tries: number;
  readonly guard: CallerGuard;
  readonly now: () => number;
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** Resolves when it has been heard. */
  readonly play: (tones: 'pin-prompt' | 'pin-wrong' | 'pin-right') => Promise<void>;
  readonly onWrong: (tries: number) => void;
  /** Told once, after the last tone has been heard; undefined where the right PIN wasn't entered. */
  readonly onAnswered: (role: Role | undefined) => void;
}

/** Asks one member for a PIN by tones, and takes its keys until that is settled. */
export class PinQuestion {
  readonly #options: PinQuestionOptions;
  readonly #cancel: () => void;
  #entry: PinEntry = '';
  #wrong = 0;
  #deafUntilMs = 0;
  #isSettled = false;

  constructor(options: PinQuestionOptions) {
    this.#options = options;
    this.#cancel = options.after(ANSWER_WITHIN_MS, () => this.#settle(undefined, 'pin-wrong'));
    void options.play('pin-prompt');
  }

  key(digit: string): void {
    if (this.#isSettled || this.#options.now() < this.#deafUntilMs) return;
    const { entry, entered } = pinKey(this.#entry, digit);
    this.#entry = entry;
    if (entered !== undefined) this.#entered(entered);
  }

  /** The member is gone: nothing is told any more. */
  close(): void {
    this.#isSettled = true;
    this.#cancel();
  }

  #entered(digits: string): void {
    const { guard, pin, moderatorPin, onWrong, tries, now, play } = this.#options;
    // Another call of the same caller may have used the tries up: then not even the right PIN is looked at.
    const mayTry = guard.waitMs() === 0;
    const role =
      mayTry && moderatorPin?.matches(digits)
        ? 'moderator'
        : mayTry && pin?.matches(digits)
          ? 'participant'
          : undefined;
    if (role !== undefined) {
      guard.succeeded();
      this.#settle(role, 'pin-right');
      return;
    }
    this.#wrong += 1;
    onWrong(guard.failed());
    if (!mayTry || this.#wrong >= tries) {
      this.#settle(undefined, 'pin-wrong');
      return;
    }
    this.#deafUntilMs = now() + this.#wrong * DEAF_AFTER_WRONG_MS;
    void play('pin-wrong').then(() => {
      if (!this.#isSettled) void play('pin-prompt');
    });
  }

  #settle(role: Role | undefined, tones: 'pin-right' | 'pin-wrong'): void {
    this.close();
    void this.#options.play(tones).then(() => this.#options.onAnswered(role));
  }
}
