import { type location, locationEvents } from '@ringdown/contracts';
import { type Bus, ServiceError } from '@ringdown/platform';
import type { ChangePublisher, CommittedChange } from '../../ports/change-feed.js';
import { changeMessage, heartbeatMessage, resetMessage } from '../grpc/messages.js';

/** Publishes changes as the contract's location events. */
export class BusChangePublisher implements ChangePublisher {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async publish(changes: readonly CommittedChange[], nowMs: number): Promise<void> {
    for (const change of changes) this.#send(changeMessage(change, nowMs));
    await this.#bus.flush();
  }

  heartbeat(position: number): void {
    this.#send(heartbeatMessage(position));
  }

  reset(position: number): void {
    this.#send(resetMessage(position));
  }

  #send(event: location.WatchResponse): void {
    const sent = this.#bus.publish(locationEvents.subject(event), locationEvents.encode(event));
    if (!sent) throw new ServiceError('unavailable', 'The bus is away');
  }
}
