/** How a source is asked for a key frame: by what it understands, else by its signalling (RFC 5168). */
export type KeyFrameMeans = 'pli' | 'fir' | 'signalling';

/** A request to send to a source. */
export interface KeyFrameRequest {
  readonly means: KeyFrameMeans;
  /** Whose packets are meant. */
  readonly mediaSsrc: number;
  /** RFC 5104 §4.3.1: of FIR; another for each wish, the same when a wish is repeated. */
  readonly firSequence: number;
}

/** In RTCP: no more than one in this time, and again after it while none has come. */
const RTCP_INTERVAL_MS = 500;
const RTCP_ATTEMPTS = 10;
/** A request by signalling is a transaction of two calls' legs, so there are fewer. */
const SIGNALLING_INTERVAL_MS = 2000;
const SIGNALLING_ATTEMPTS = 3;

/** When one source is asked for key frames: wishes are gathered, and repeated until a key frame begins. */
export class KeyFrameRequests {
  means: KeyFrameMeans;
  #isWished = false;
  #attempts = 0;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #firSequence = 0;

  constructor(means: KeyFrameMeans) {
    this.means = means;
  }

  /** Somebody needs a key frame. */
  wish(): void {
    this.#attempts = 0;
    if (this.#isWished) return;
    this.#isWished = true;
    this.#firSequence = (this.#firSequence + 1) & 0xff;
  }

  /** A key frame has begun. */
  came(): void {
    this.#isWished = false;
  }

  /** The request to send now, if there is one. */
  due(nowMs: number, mediaSsrc: number): KeyFrameRequest | undefined {
    if (!this.#isWished || nowMs < this.#nextAtMs) return undefined;
    const isSignalling = this.means === 'signalling';
    if (this.#attempts >= (isSignalling ? SIGNALLING_ATTEMPTS : RTCP_ATTEMPTS)) {
      // It doesn't listen. The next wish begins anew, and a key frame of its own accord serves as well.
      this.#isWished = false;
      return undefined;
    }
    this.#attempts += 1;
    this.#nextAtMs = nowMs + (isSignalling ? SIGNALLING_INTERVAL_MS : RTCP_INTERVAL_MS);
    return { means: this.means, mediaSsrc, firSequence: this.#firSequence };
  }
}
