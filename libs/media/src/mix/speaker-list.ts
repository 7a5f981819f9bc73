import type { Speaker } from './speaker-selection.js';

/** Two change places only when one is this much louder than the one before it. */
const overtakeDb = 6;
/** It is looked at every 100 ms. */
const everyTicks = 5;

/** Who speaks, the loudest first: it changes at most ten times a second. */
export class SpeakerList {
  private names: string[] = [];
  private sinceTicks = 0;

  get current(): readonly string[] {
    return this.names;
  }

  /** Once a tick, with those who are heard; the new list when it has changed. */
  look(heard: readonly (Speaker | undefined)[]): readonly string[] | undefined {
    if (++this.sinceTicks < everyTicks) return undefined;
    this.sinceTicks = 0;
    if (this.names.length === 0 && !heard.some((speaker) => speaker?.speaking)) return undefined;
    const speakers = heard.filter((speaker) => speaker?.speaking === true) as Speaker[];
    const order = this.names.flatMap((name) => speakers.find((speaker) => speaker.id === name) ?? []);
    for (const speaker of speakers) if (!order.includes(speaker)) order.push(speaker);
    for (let at = 1; at < order.length; at++)
      for (let place = at; place > 0; place--) {
        const [before, after] = [order[place - 1] as Speaker, order[place] as Speaker];
        if (after.loudnessDb < before.loudnessDb + overtakeDb) break;
        order[place - 1] = after;
        order[place] = before;
      }
    const same =
      order.length === this.names.length && order.every((speaker, index) => speaker.id === this.names[index]);
    if (same) return undefined;
    this.names = order.map((speaker) => speaker.id);
    return this.names;
  }
}
