import { callEvents, type events, tenantOfCallEvent } from '@ringdown/contracts';
import type { Bus, OutageLog } from '@ringdown/platform';

/** How long an event waits for others. What a crash of the edge loses is at most what came within it. */
const gatherMs = 20;
/** A batch that is this long waits no longer. */
const fullEvents = 256;

/** Gathers the steps of calls by tenant and stores them in batches: storing each by itself would cost more than its call does. */
export class CallEventBatches {
  readonly #bus: Bus;
  readonly #outages: OutageLog;
  readonly #waiting = new Map<string, events.CallEvent[]>();
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(bus: Bus, outages: OutageLog) {
    this.#bus = bus;
    this.#outages = outages;
  }

  add(event: events.CallEvent): void {
    const tenantId = tenantOfCallEvent(event);
    if (tenantId === undefined) throw new Error('a step of a call names its call');
    const batch = this.#waiting.get(tenantId);
    if (batch === undefined) this.#waiting.set(tenantId, [event]);
    else if (batch.push(event) >= fullEvents) {
      this.#waiting.delete(tenantId);
      this.#store(batch);
    }
    this.#timer ??= setTimeout(() => this.#storeAll(), gatherMs);
  }

  /** Stores what waits; resolves when all that was given before is stored, or has failed and was reported. */
  async flush(): Promise<void> {
    this.#storeAll();
    await Promise.all(this.#underWay);
  }

  #storeAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batches = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const batch of batches) this.#store(batch);
  }

  #store(steps: events.CallEvent[]): void {
    const batch: events.CallEventBatch = { events: steps };
    const id = steps[0]?.eventId ?? '';
    const stored = this.#bus.durablePublish(callEvents.subject(batch), callEvents.encode(batch), { id }).then(
      () => void this.#outages.healed('call-events', 'call events are stored again'),
      (error: unknown) =>
        void this.#outages.failed('call-events', 'call events can not be stored; their records will be incomplete', {
          error,
        }),
    );
    this.#underWay.add(stored);
    void stored.then(() => this.#underWay.delete(stored));
  }
}
