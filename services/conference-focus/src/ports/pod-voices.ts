import type { PodLife, PodVoice } from '../domain/pod.js';

/** What the bus says of the pods, and what this one says there. */
export interface PodVoices {
  /** What is heard of a life of a pod now. */
  of(life: PodLife): PodVoice;
  /** Says at once, and from then on, that this pod opens no conferences. */
  drain(): void;
  /** Says that this pod is gone. */
  leave(): void;
}
