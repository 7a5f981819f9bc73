import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { BatchConsumer, DurableMessage } from './bus.js';
import type { Logger } from './logger.js';
import { durableMessage } from './nats-messages.js';

export interface HandedOver {
  readonly messages: ConsumerMessages;
  readonly consumer: BatchConsumer;
  readonly handler: (messages: readonly DurableMessage[]) => Promise<void>;
  readonly isStopped: () => boolean;
  readonly logger: Logger;
}

/**
 * Hands over what comes until there is no more, one batch after the other: what comes while one is being handled is the next. Rejects where the server has lost
 * the consumer.
 */
export async function handOver(handed: HandedOver): Promise<void> {
  const { messages, consumer, isStopped } = handed;
  let waiting: JsMsg[] = [];
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      // Whoever else consumes gets them at once.
      if (isStopped()) answer(batch, (message) => message.nak());
      else await handle(batch, handed);
    }
    working = undefined;
  };
  try {
    for await (const message of messages) {
      waiting.push(message);
      // Events that have come together have come in one turn of the event loop.
      working ??= Promise.resolve().then(work);
      if (waiting.length >= consumer.maxMessages) await working;
    }
  } finally {
    await working;
  }
}

async function handle(batch: readonly JsMsg[], { consumer, handler, logger }: HandedOver): Promise<void> {
  try {
    await handler(batch.map(durableMessage));
    answer(batch, (message) => message.ack());
  } catch (error) {
    answer(batch, (message) => message.nak(consumer.retryDelayMs ?? 1_000));
    logger.warn('A consumer failed on events, which will be delivered again', {
      subject: batch[0]?.subject ?? '',
      events: batch.length,
      consumer: consumer.name,
      error,
    });
  }
}

function answer(batch: readonly JsMsg[], give: (message: JsMsg) => void): void {
  try {
    for (const message of batch) give(message);
  } catch {
    // Over a connection that is closed there is no answer, and what is not answered is delivered again.
  }
}
