import type { Notifier, RequestContent } from '@ringdown/sip-dialog';
import { type Expirable, NO_TIMER, type TimerWheel } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Roster } from '../../domain/roster.js';
import type { Conference } from '../../use-cases/conferences.js';
import { fullDocument, partialDocument, ROSTER_CONTENT_TYPE } from '../../use-cases/roster-document.js';
import { wireText } from './wire-text.js';

/** RFC 4575 §3.9: a notifier shouldn't tell more than one change a second. */
const leastGapMs = 1_000;

/**
 * What one subscriber is told of a roster (RFC 4575): all of it at first, then what has changed, gathered so that there is one NOTIFY a second
 * at most and never two under way. All of it again after one that failed, and on each refresh.
 */
export class RosterSubscription implements Expirable {
  /** What the subscriber has; undefined where only all of it will do. */
  #told: Roster | undefined;
  #version = 0;
  #changed = false;
  #underWay = true;
  #gap = NO_TIMER;
  readonly #unlisten: () => void;
  readonly conference: Conference;

  constructor(
    readonly notifier: Notifier<Flow>,
    { conference, mayKnow }: { readonly conference: Conference; readonly mayKnow: () => boolean },
    private readonly wheel: TimerWheel,
    /** Does something, and has its effects carried out. */
    private readonly act: (action: (now: number) => void) => void,
  ) {
    this.conference = conference;
    this.#unlisten = conference.changed(({ roster }) => {
      this.#changed = true;
      this.act((now) => {
        // RFC 6665 §4.2.2: there is nothing left to subscribe to; or it is, and not for this one.
        if (!roster.active && roster.users.length === 0) this.notifier.terminate('noresource');
        else if (!mayKnow()) this.notifier.terminate('rejected', {});
        else this.#tell(now);
      });
    });
  }

  /** All of the roster, as the first NOTIFY, refreshes and the last one tell it. */
  readonly whole = (): RequestContent => {
    this.#told = this.conference.roster();
    this.#changed = false;
    this.#version += 1;
    return content(fullDocument(this.#told, this.#version));
  };

  /** The subscription was granted, and its first NOTIFY is under way. */
  begun(now: number): void {
    this.#rest(now);
  }

  /** The final answer to a NOTIFY. */
  answered(now: number, statusCode: number): void {
    this.#underWay = false;
    if (statusCode >= 300) {
      this.#told = undefined;
      this.#changed = true;
    }
    this.#tell(now);
  }

  /** Its subscriber, or the conference, is gone. */
  over(): void {
    this.#unlisten();
    this.wheel.cancel(this.#gap);
    this.#gap = NO_TIMER;
  }

  expire(now: number): void {
    this.#gap = NO_TIMER;
    this.#tell(now);
  }

  #tell(now: number): void {
    if (!this.#changed || this.#underWay || this.#gap !== NO_TIMER) return;
    const next = this.#next();
    if (next === undefined) return;
    this.#rest(now);
    this.notifier.notify(now, 'active', next);
  }

  #next(): RequestContent | undefined {
    if (this.#told === undefined) return this.whole();
    const before = this.#told;
    this.#told = this.conference.roster();
    this.#changed = false;
    const partial = partialDocument(before, this.#told, this.#version + 1);
    if (partial === undefined) return undefined;
    this.#version += 1;
    return content(partial);
  }

  #rest(now: number): void {
    this.#underWay = true;
    this.wheel.cancel(this.#gap);
    this.#gap = this.wheel.schedule(now, leastGapMs, this, 0);
  }
}

function content(document: string): RequestContent {
  return { contentType: ROSTER_CONTENT_TYPE, body: wireText(document) };
}
