import { judgeStatus, REFUSALS_OF_ONE, type WebhookAnswer } from '../domain/webhook-answer.js';
import { retryDelayMs } from '../domain/webhook-backoff.js';
import type { WebhookObserver } from '../ports/webhook-observer.js';
import type { PostWebhook, WebhookPostResult } from '../ports/webhook-poster.js';
import type { ClaimedWebhook, FailedAttempt, QueuedMessage, Settled, WebhookQueue } from '../ports/webhook-queue.js';

export interface WebhookDelivererOptions {
  readonly queue: WebhookQueue;
  readonly post: PostWebhook;
  /** The signature of a message by Standard Webhooks. */
  readonly sign: (
    secrets: readonly string[],
    message: { readonly id: string; readonly timestampSec: number; readonly body: string },
  ) => string;
  readonly observer: WebhookObserver;
  /** Told of what ended a delivery other than its outcome, such as an outage of Postgres. */
  readonly failed: (error: unknown) => void;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Webhooks that are posted to at the same time; default 32. */
  readonly mostAtOnce?: number;
}

const DISPATCHED_AT_ONCE = 500;
// A busy webhook lets others in after so many, or so long.
const MESSAGES_OF_A_TURN = 50;
const TURN_MS = 20_000;

/** Delivers messages to webhooks: to many at once, so that a slow one holds up none of the others, and to each in order. */
export class WebhookDeliverer {
  readonly #options: WebhookDelivererOptions;
  readonly #mostAtOnce: number;
  readonly #turns = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: WebhookDelivererOptions) {
    this.#options = options;
    this.#mostAtOnce = options.mostAtOnce ?? 32;
  }

  /** Makes messages of what has ended, and begins to deliver what is due, without waiting for that. */
  async work(): Promise<void> {
    const { queue } = this.#options;
    while (!this.#stopping && (await queue.dispatch(DISPATCHED_AT_ONCE)) === DISPATCHED_AT_ONCE);
    const free = this.#mostAtOnce - this.#turns.size;
    if (this.#stopping || free === 0) return;
    for (const webhook of await queue.claim(free)) {
      const turn = this.#turn(webhook)
        .catch((error: unknown) => this.#options.failed(error))
        .finally(() => this.#turns.delete(turn));
      this.#turns.add(turn);
    }
  }

  /** Resolves when what is being delivered has been. */
  async idle(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns);
  }

  /** Ends after the attempts that are under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.idle();
  }

  async #turn(webhook: ClaimedWebhook): Promise<void> {
    const { queue, now } = this.#options;
    const endsAtMs = now() + TURN_MS;
    let failures = webhook.failures;
    for (let count = 0; count < MESSAGES_OF_A_TURN && now() < endsAtMs && !this.#stopping; count += 1) {
      const message = await queue.next(webhook);
      if (message === undefined) break;
      const { answer, attempt } = await this.#attempt(webhook, message, failures);
      const settled: Settled =
        attempt === undefined ? await queue.delivered(webhook, message) : await queue.failed(webhook, message, attempt);
      if (settled.parked !== undefined) this.#options.observer.deliveryParked(settled.parked);
      if (!settled.isHeld) return;
      if (attempt?.pauseMs !== undefined) break;
      failures = answer === 'delivered' ? 0 : failures + 1;
    }
    await queue.release(webhook);
  }

  async #attempt(
    { url, secrets }: ClaimedWebhook,
    message: QueuedMessage,
    failures: number,
  ): Promise<{ readonly answer: WebhookAnswer; readonly attempt: FailedAttempt | undefined }> {
    const { post, sign, now, random, observer } = this.#options;
    const { id, body, records, refusals } = message;
    const beganAtMs = now();
    const timestampSec = Math.floor(beganAtMs / 1000);
    const result = await post({
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Ringdown/1',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSec),
        'webhook-signature': sign(secrets, { id, timestampSec, body }),
      },
      body,
    });
    const answer = result.kind === 'answered' ? judgeStatus(result.statusCode) : 'failed';
    const outcome = answer === 'delivered' ? answer : result.kind === 'answered' ? 'refused' : 'unreachable';
    observer.deliveryAttempted(outcome, records, now() - beganAtMs);
    if (answer === 'delivered') return { answer, attempt: undefined };
    const delayMs = retryDelayMs(failures + 1, random(), result.kind === 'answered' ? result.retryAfterMs : 0);
    const isOfMessage = answer === 'refused';
    return {
      answer,
      attempt: {
        detail: detailOf(result),
        messageDelayMs: isOfMessage ? retryDelayMs(refusals + 1, random()) : undefined,
        pauseMs: isOfMessage && failures + 1 < REFUSALS_OF_ONE ? undefined : delayMs,
      },
    };
  }
}

function detailOf(result: WebhookPostResult): string {
  return result.kind === 'answered' ? `it answered ${result.statusCode}` : result.detail;
}
