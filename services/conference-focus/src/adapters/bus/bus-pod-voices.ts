import { type conference, focusEvents, platformToken } from '@ringdown/contracts';
import type { Bus, Subscription } from '@ringdown/platform';
import type { PodLife, PodVoice } from '../../domain/pod.js';
import type { PodVoices } from '../../ports/pod-voices.js';

export interface BusPodVoicesOptions {
  readonly bus: Bus;
  readonly self: PodLife;
  /** Where others reach this pod; undefined while, or because, it serves no gRPC. */
  readonly address: () => string | undefined;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

interface Voice {
  readonly incarnation: string;
  heardAt: number;
  isDraining: boolean;
  hasLeft: boolean;
}

const announceMs = 500;
/** Two words missed, and a little for the way. */
const silenceMs = 1_300;
/** So late this process has not been listening either. */
const lateMs = 400;
/** What is older is nobody's question any more. */
const forgetMs = 60_000;

/** The pods as they announce themselves on the bus, twice a second each. */
export class BusPodVoices implements PodVoices {
  readonly #options: BusPodVoicesOptions;
  readonly #voices = new Map<string, Voice>();
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  /** Since when every word that was said has been heard. */
  #listeningSince: number;
  #tickedAt: number;
  #isDraining = false;
  #hasLeft = false;

  constructor(options: BusPodVoicesOptions) {
    this.#options = options;
    this.#tickedAt = options.now();
    this.#listeningSince = this.#tickedAt;
    this.#subscription = options.bus.subscribe(focusEvents.pattern(platformToken), ({ data }) => {
      const presence = focusEvents.decode(data);
      if (presence?.pod !== undefined) this.#heard(presence, presence.pod);
    });
    this.#timer = setInterval(() => this.#tick(), announceMs);
    this.#timer.unref();
    this.#announce();
  }

  of({ podId, incarnation }: PodLife): PodVoice {
    const { self, now, bus } = this.#options;
    if (podId === self.podId && incarnation === self.incarnation) return this.#isDraining ? 'draining' : 'heard';
    const voice = this.#voices.get(podId);
    const isThisLife = voice?.incarnation === incarnation;
    if (isThisLife && voice.hasLeft) return 'left';
    if (isThisLife && voice.heardAt > now() - silenceMs) return voice.isDraining ? 'draining' : 'heard';
    const isListening =
      bus.connected && this.#tickedAt > now() - announceMs - lateMs && this.#listeningSince < now() - silenceMs;
    return isListening ? 'unheard' : 'unknown';
  }

  drain(): void {
    this.#isDraining = true;
    this.#announce();
  }

  leave(): void {
    if (this.#hasLeft) return;
    clearInterval(this.#timer);
    this.#hasLeft = true;
    this.#announce();
    this.#subscription.unsubscribe();
  }

  #heard({ draining, leaving }: conference.FocusPresence, { podId, incarnation }: PodLife): void {
    const known = this.#voices.get(podId);
    // A late word of a life that has ended doesn't bring it back.
    if (known?.incarnation === incarnation && known.hasLeft) return;
    // The end of one life comes after the beginning of the next where a pod is replaced.
    if (leaving && known !== undefined && known.incarnation !== incarnation) return;
    this.#voices.set(podId, { incarnation, heardAt: this.#options.now(), isDraining: draining, hasLeft: leaving });
  }

  #tick(): void {
    const { now, bus } = this.#options;
    const at = now();
    // The messages of a pause may still be waiting behind this.
    if (!bus.connected || at - this.#tickedAt > announceMs + lateMs) this.#listeningSince = at;
    this.#tickedAt = at;
    this.#announce();
    for (const [podId, { heardAt }] of this.#voices) if (heardAt < at - forgetMs) this.#voices.delete(podId);
  }

  #announce(): void {
    const { bus, self, address } = this.#options;
    const at = address();
    if (at === undefined) return;
    const presence: conference.FocusPresence = {
      pod: { ...self },
      address: at,
      draining: this.#isDraining,
      leaving: this.#hasLeft,
    };
    bus.publish(focusEvents.subject(presence), focusEvents.encode(presence));
  }
}
