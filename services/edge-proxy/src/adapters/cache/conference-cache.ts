import type { conference } from '@ringdown/contracts';
import { ownString } from '@ringdown/sip-message';
import type { FocusPod } from '../../domain/hop.js';
import type { ConferenceLookups, ConferencePlace, ConferenceQuestion } from '../../ports/conferences.js';
import type { LookupCounters } from './cached-lookup.js';

export interface ConferenceCacheOptions {
  readonly service: conference.LocateService;
  /** Whether there is a stream to that life of a pod. */
  readonly reaches: (pod: FocusPod) => boolean;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly timeoutMs: number;
  /** The most conferences that are remembered. */
  readonly capacity: number;
  /** Told of every failure to ask; logging it once is its business. */
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
}

interface Known {
  readonly pod: FocusPod;
  readonly askedAt: number;
}

/** The pod itself says so when it doesn't have a conference any more; this bounds how often it has to. */
const freshMs = 3_000;
/** How long an old answer is better than none, while nobody can be asked. */
const staleMs = 600_000;
/** Others know within that time that a pod is gone. */
const patienceMs = 2_500;
const askAgainMs = 250;
/** More questions at once are a flood. */
const maxUnderWay = 500;

/** Where conferences are, in front of the focus's own answer. What isn't there isn't remembered: a room that was just made can be called. */
export class ConferenceCache implements ConferenceLookups {
  readonly #options: ConferenceCacheOptions;
  readonly counters: LookupCounters = { hit: 0, stale: 0, miss: 0, failed: 0 };
  readonly #known = new Map<string, Known>();
  /** One question at a time for each conference, however many wait. */
  readonly #underWay = new Map<string, Promise<ConferencePlace>>();

  constructor(options: ConferenceCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#known.size;
  }

  place(question: ConferenceQuestion, answered: (place: ConferencePlace) => void): void {
    const { now, reaches } = this.#options;
    const known = this.#known.get(keyOf(question));
    if (known === undefined) void this.#ask(question, undefined).then(answered);
    else if (!reaches(known.pod)) this.placeInstead(question, known.pod, answered);
    else if (now() - known.askedAt < freshMs) {
      this.counters.hit += 1;
      answered({ kind: 'pod', pod: known.pod });
    } else void this.#ask(question, undefined).then(answered);
  }

  placeInstead(question: ConferenceQuestion, pod: FocusPod, answered: (place: ConferencePlace) => void): void {
    const { now, reaches } = this.#options;
    this.#known.delete(keyOf(question));
    const deadline = now() + patienceMs;
    const ask = (): void => {
      void this.#ask(question, reaches(pod) ? undefined : pod).then((place) => {
        // Nobody else has it yet, and it can't be had there.
        const isLost = place.kind === 'pod' && isLife(place.pod, pod) && !reaches(pod);
        if (!isLost) answered(place);
        else if (now() < deadline) setTimeout(ask, askAgainMs).unref();
        else answered({ kind: 'unavailable' });
      });
    };
    ask();
  }

  #ask(question: ConferenceQuestion, notPod: FocusPod | undefined): Promise<ConferencePlace> {
    this.counters.miss += 1;
    const key = keyOf(question);
    const asked = `${key} ${question.mayOpen} ${notPod?.podId ?? ''} ${notPod?.incarnation ?? ''}`;
    const others = this.#underWay.get(asked);
    if (others !== undefined) return others;
    if (this.#underWay.size >= maxUnderWay) return Promise.resolve({ kind: 'unavailable' });
    const place = this.#askFocus(key, question, notPod).finally(() => this.#underWay.delete(asked));
    this.#underWay.set(asked, place);
    return place;
  }

  async #askFocus(
    key: string,
    { tenantId, room, mayOpen }: ConferenceQuestion,
    lost: FocusPod | undefined,
  ): Promise<ConferencePlace> {
    const { service, timeoutMs, now, failed, succeeded, reaches } = this.#options;
    const notPod = lost === undefined ? undefined : { podId: lost.podId, incarnation: lost.incarnation };
    try {
      const { answer } = await service.locate({ tenantId, room, mayOpen, notPod }, { timeoutMs });
      succeeded();
      return this.#noted(key, answer);
    } catch (error) {
      failed(error);
      this.counters.failed += 1;
      const known = this.#known.get(key);
      if (known !== undefined && now() - known.askedAt < staleMs && reaches(known.pod))
        return { kind: 'pod', pod: known.pod };
      return { kind: 'unavailable' };
    }
  }

  #noted(key: string, answer: conference.LocateResponse['answer']): ConferencePlace {
    this.#known.delete(key);
    switch (answer?.$case) {
      case 'home': {
        const { pod: life, mediaHosts, claimed } = answer.value;
        if (life === undefined) return { kind: 'unavailable' };
        const pod = { podId: life.podId, incarnation: life.incarnation, mediaHosts };
        if (claimed) this.#remember(key, pod);
        return { kind: 'pod', pod };
      }
      case 'noSuchRoom':
        return { kind: 'absent' };
      case 'overLimit':
        return { kind: 'limit', limit: answer.value.limit };
      default:
        return { kind: 'unavailable' };
    }
  }

  #remember(key: string, pod: FocusPod): void {
    const { now, capacity } = this.#options;
    // The room's name is a part of a message, which would stay in memory with it.
    this.#known.set(ownString(key), { pod, askedAt: now() });
    if (this.#known.size <= capacity) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf({ tenantId, room }: ConferenceQuestion): string {
  return `${tenantId} ${room}`;
}

function isLife(a: FocusPod, b: FocusPod): boolean {
  return a.podId === b.podId && a.incarnation === b.incarnation;
}
