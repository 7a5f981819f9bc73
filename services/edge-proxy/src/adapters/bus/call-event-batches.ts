import { callEvents, type events, tenantOfCallEvent } from '@ringdown/contracts';
import { noSpan, type Span } from '@ringdown/platform';
import type { UnstoredBatches } from './unstored-batches.js';

/** How long an event waits for others. What a crash of the edge loses is at most what came within it, while the stream is there. */
const gatherMs = 20;
/** A batch that is this long waits no longer. */
const fullEvents = 256;

interface Waiting {
  readonly events: events.CallEvent[];
  /** Of those events that are traced. */
  readonly spans: Span[];
}

/** Gathers the steps of calls by tenant and stores them in batches: storing each by itself would cost more than its call does. */
export class CallEventBatches {
  readonly #unstored: Pick<UnstoredBatches, 'add' | 'flush'>;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(unstored: Pick<UnstoredBatches, 'add' | 'flush'>) {
    this.#unstored = unstored;
  }

  /** `span` ends when the event is stored, or lost. */
  add(event: events.CallEvent, span: Span = noSpan): void {
    const tenantId = tenantOfCallEvent(event);
    if (tenantId === undefined) throw new Error('a step of a call names its call');
    const batch = this.#waiting.get(tenantId) ?? { events: [], spans: [] };
    batch.events.push(event);
    if (span.recording) batch.spans.push(span);
    if (batch.events.length === 1) this.#waiting.set(tenantId, batch);
    else if (batch.events.length >= fullEvents) {
      this.#waiting.delete(tenantId);
      this.#store(batch);
    }
    this.#timer ??= setTimeout(() => this.#storeAll(), gatherMs);
  }

  /** Stores what waits; resolves when all that was given before is stored, or is lost and was reported. */
  async flush(): Promise<void> {
    this.#storeAll();
    await this.#unstored.flush();
  }

  #storeAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batches = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const batch of batches) this.#store(batch);
  }

  #store({ events: steps, spans }: Waiting): void {
    const batch: events.CallEventBatch = { events: steps };
    this.#unstored.add({
      subject: callEvents.subject(batch),
      data: callEvents.encode(batch),
      id: steps[0]?.eventId ?? '',
      events: steps.length,
      spans,
    });
  }
}
