import type { ConferenceEvent, ConferenceEvents, JoinRefused } from '../ports/conference-events.js';

/** Several listeners as one; each is told in the order given. */
export class EventListeners implements ConferenceEvents {
  readonly #listeners: readonly ConferenceEvents[];

  constructor(listeners: readonly ConferenceEvents[]) {
    this.#listeners = listeners;
  }

  happened(event: ConferenceEvent): void {
    for (const listener of this.#listeners) listener.happened(event);
  }

  refused(refusal: JoinRefused): void {
    for (const listener of this.#listeners) listener.refused(refusal);
  }
}
