import type { OutageLog } from '@ringdown/platform';
import { chooseHome } from '../domain/choose-home.js';
import { isGone, isSameLife, type Pod, type PodLife } from '../domain/pod.js';
import type { ClaimOutcome, Homes } from '../ports/homes.js';
import type { ClaimResult, HomeRegister } from '../ports/pod-register.js';
import type { PodVoices } from '../ports/pod-voices.js';
import type { RoomDirectory } from '../ports/room-directory.js';

export interface PodHomesOptions {
  readonly homes: HomeRegister;
  readonly voices: PodVoices;
  readonly self: PodLife;
  /** All pods, as they were within the last second, and how to have them as they are now. */
  readonly pods: () => readonly Pod[];
  readonly refreshPods: () => Promise<void>;
  readonly tenants: Pick<RoomDirectory, 'tenant'>;
  readonly outages: OutageLog;
  readonly random: () => number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** An INVITE that was sent to the pod is there long before. */
const offerMs = 10_000;
/** How often it is made sure of that nobody else has what this pod has open. */
const checkEveryMs = 5_000;

/** The conferences of this pod as all pods see them, and those of others. */
export class PodHomes implements Homes {
  readonly #options: PodHomesOptions;
  /** What this pod has open. */
  readonly #held = new Map<string, { readonly tenantId: string; readonly room: string }>();
  /** One step after the other for each conference: the end of one must not remove the next of the same room. */
  readonly #steps = new Map<string, Promise<unknown>>();
  /** Conferences that each pod was given from here since its last beat. */
  readonly #offered = new Map<string, number>();
  readonly #releases = new Map<string, { readonly tenantId: string; readonly room: string }>();
  readonly #listeners = new Set<(tenantId: string, room: string) => void>();
  #checkedAt = Number.NEGATIVE_INFINITY;
  #isDraining = false;
  #isLost = false;

  constructor(options: PodHomesOptions) {
    this.#options = options;
  }

  /** How many conferences this pod has open, by the table. */
  get held(): number {
    return this.#held.size;
  }

  claim(tenantId: string, room: string): Promise<ClaimOutcome> {
    const key = keyOf(tenantId, room);
    return this.#inTurn(key, async (): Promise<ClaimOutcome> => {
      if (this.#held.has(key)) return { kind: 'ours' };
      if (this.#isDraining || this.#isLost) return { kind: 'draining' };
      const { self, outages } = this.#options;
      try {
        const claimed = await this.#claim(tenantId, room, self, 'opened');
        if (claimed.kind === 'limit') return claimed;
        if (!isSameLife(claimed.home, self)) return { kind: 'elsewhere', podId: claimed.home.podId };
        this.#held.set(key, { tenantId, room });
        this.#releases.delete(key);
        return { kind: 'ours' };
      } catch (error) {
        outages.failed('homes', 'no conference can be opened: where it is can’t be stored', { error });
        return { kind: 'unavailable' };
      }
    });
  }

  release(tenantId: string, room: string): void {
    const key = keyOf(tenantId, room);
    void this.#inTurn(key, async () => {
      if (!this.#held.delete(key)) return;
      this.#releases.set(key, { tenantId, room });
      await this.#releaseStored(key);
    });
  }

  onTaken(listener: (tenantId: string, room: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a conference that nobody has to the pod with the most room; who has it otherwise. Throws ServiceError `unavailable`. */
  async offer(
    tenantId: string,
    room: string,
    notPod: PodLife | undefined,
  ): Promise<
    { readonly kind: 'home'; readonly pod: Pod } | { readonly kind: 'limit'; readonly limit: number } | 'no-pod'
  > {
    const chosen = this.choose(notPod);
    if (chosen === undefined) return 'no-pod';
    // Before it is stored: of many that ask at once each counts for the next.
    this.#offered.set(chosen.podId, (this.#offered.get(chosen.podId) ?? 0) + 1);
    const claimed = await this.#claim(tenantId, room, chosen, 'offered', notPod);
    if (claimed.kind === 'limit') return claimed;
    const pod = await this.#podOf(claimed.home);
    return pod === undefined ? 'no-pod' : { kind: 'home', pod };
  }

  /** Who has a conference; undefined where nobody has, or nobody that is still there. Throws ServiceError `unavailable`. */
  async find(tenantId: string, room: string, notPod: PodLife | undefined): Promise<Pod | undefined> {
    const { homes, self } = this.#options;
    // Also while the table can't be asked.
    if (this.#held.has(keyOf(tenantId, room))) return this.#podOf(self);
    const home = await homes.find(tenantId, room);
    if (home === undefined) return undefined;
    const pod = await this.#podOf(home);
    if (pod === undefined || this.#isGone(pod, notPod)) return undefined;
    // It ends without having opened it.
    return home.isOffered && (pod.isDraining || this.#options.voices.of(pod) === 'draining') ? undefined : pod;
  }

  /** The pod that has the most room; undefined where each one leaves. */
  choose(notPod: PodLife | undefined): Pod | undefined {
    const { pods, voices, random } = this.#options;
    const candidates = pods().map((pod) => ({
      pod,
      voice: voices.of(pod),
      offered: this.#offered.get(pod.podId) ?? 0,
    }));
    return chooseHome(candidates, notPod, random);
  }

  /** The pod's own beat was stored, `sinceMs` after the one before. */
  beaten(sinceMs: number, leaseMs: number): void {
    const { now, outages } = this.#options;
    this.#offered.clear();
    const isDue = sinceMs > leaseMs || now() - this.#checkedAt > checkEveryMs;
    if (!isDue && this.#releases.size === 0) return;
    this.#checkedAt = now();
    this.#settle().catch((error: unknown) => {
      outages.failed('homes', 'it can’t be seen whether other pods have conferences of this one', { error });
    });
  }

  /** No conference is opened here any more, and what was offered goes to others. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#options.homes.withdrawOffers(this.#options.self);
  }

  /** Another pod has this one's name, and everything that is stored under it. */
  lost(): void {
    this.#isLost = true;
    for (const [key, { tenantId, room }] of this.#held) this.#taken(key, tenantId, room);
  }

  async #claim(
    tenantId: string,
    room: string,
    pod: PodLife,
    how: 'opened' | 'offered',
    notPod?: PodLife,
  ): Promise<Extract<ClaimResult, { kind: 'home' }> | { readonly kind: 'limit'; readonly limit: number }> {
    const { homes, tenants } = this.#options;
    const limit = (await tenants.tenant(tenantId))?.limits.maxConferences ?? 0;
    const gone = this.#gone(notPod);
    const result = await homes.claim({
      tenantId,
      room,
      pod,
      offerMs: how === 'opened' ? undefined : offerMs,
      gone,
      limit,
    });
    return result.kind === 'limit' ? { kind: 'limit', limit } : result;
  }

  #gone(notPod: PodLife | undefined): readonly PodLife[] {
    return this.#options.pods().filter((pod) => this.#isGone(pod, notPod));
  }

  #isGone(pod: Pod, notPod: PodLife | undefined): boolean {
    return isGone(pod.isInLease, this.#options.voices.of(pod), isSameLife(pod, notPod));
  }

  async #podOf(life: PodLife): Promise<Pod | undefined> {
    const { pods, refreshPods } = this.#options;
    const find = (): Pod | undefined => pods().find((pod) => isSameLife(pod, life));
    const known = find();
    if (known !== undefined) return known;
    await refreshPods();
    return find();
  }

  /** Ends what pods that are gone had, releases what could not be released before, and finds out what others have of what is open here. */
  async #settle(): Promise<void> {
    const { homes, self } = this.#options;
    // Nobody may ever ask for them again.
    const gone = this.#gone(undefined);
    if (gone.length > 0) await homes.forgetLives(gone);
    for (const key of this.#releases.keys()) await this.#inTurn(key, () => this.#releaseStored(key));
    if (this.#held.size === 0) return;
    const stored = await homes.openOf(self);
    for (const [key, { tenantId, room }] of this.#held) {
      if (stored.has(key)) continue;
      // Another pod may have had it and be done with it: then it is this one's again.
      await this.#inTurn(key, async () => {
        if (!this.#held.has(key)) return;
        const claimed = await this.#claim(tenantId, room, self, 'opened');
        if (claimed.kind === 'home' && !isSameLife(claimed.home, self)) this.#taken(key, tenantId, room);
      });
    }
  }

  #taken(key: string, tenantId: string, room: string): void {
    this.#held.delete(key);
    for (const listener of this.#listeners) listener(tenantId, room);
  }

  async #releaseStored(key: string): Promise<void> {
    const { homes, self, outages } = this.#options;
    const what = this.#releases.get(key);
    if (what === undefined || this.#held.has(key)) return;
    try {
      await homes.release(what.tenantId, what.room, self);
      this.#releases.delete(key);
    } catch (error) {
      outages.failed('homes', 'the end of conferences can’t be stored: it will be tried again', { error });
    }
  }

  async #inTurn<T>(key: string, step: () => Promise<T>): Promise<T> {
    const before = this.#steps.get(key) ?? Promise.resolve();
    const mine = before.then(step, step);
    this.#steps.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#steps.get(key) === mine) this.#steps.delete(key);
    }
  }
}

function keyOf(tenantId: string, room: string): string {
  return `${tenantId} ${room}`;
}
