import type { MediaHost, ThreadOptions } from '../../worker/messages.js';

/** How media is received and mixed. */
export interface MixerOptions {
  /** At least one of the two. */
  readonly ip4?: MediaHost | undefined;
  readonly ip6?: MediaHost | undefined;
  readonly ports: ThreadOptions['ports'];
  /** Sockets of audio; `auto`, unless told, takes batches where the add-on for them was built. */
  readonly udp?: ThreadOptions['udp'] | undefined;
  /** How many threads. */
  readonly workers: number;
  /** Told when a thread has died and another has taken its place. */
  readonly onThreadLost?: ((reason: string) => void) | undefined;
}
