import { SrtpReceiver, SrtpSender } from '@ringdown/media';
import type { SrtpKeys } from '../ports/mixer.js';

/** The SRTP of one stream, both ways. A key that stays is a state that stays; a new key begins one that goes on with the old roll-over counters. */
export class StreamKeys {
  sender: SrtpSender | undefined;
  receiver: SrtpReceiver | undefined;
  #keys: SrtpKeys | undefined;

  /** `isElsewhere`: media goes to another address than before, where a new key begins at zero (RFC 4568 §7.1.4). */
  configure(keys: SrtpKeys | undefined, isElsewhere: boolean): void {
    const before = this.#keys;
    this.#keys = keys;
    if (keys === undefined) {
      this.sender = undefined;
      this.receiver = undefined;
      return;
    }
    const isSuite = before?.suite === keys.suite;
    if (!isSuite || Buffer.compare(before.send, keys.send) !== 0)
      this.sender = new SrtpSender(keys.suite, keys.send, isElsewhere ? undefined : this.sender);
    if (!isSuite || Buffer.compare(before.receive, keys.receive) !== 0)
      this.receiver = new SrtpReceiver(keys.suite, keys.receive, this.receiver);
  }
}
