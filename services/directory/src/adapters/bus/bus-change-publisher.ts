import type { directory } from '@ringdown/contracts';
import { directoryEvents } from '@ringdown/contracts';
import { type Bus, ServiceError } from '@ringdown/platform';
import type { Change } from '../../domain/change.js';
import type { ChangePublisher } from '../../ports/change-publisher.js';
import { changeMessage, positionMessage } from '../grpc/messages.js';

/** Publishes changes as `ringdown.v1.<tenant>.directory.…` and positions as `ringdown.v1._platform.directory.position`. */
export class BusChangePublisher implements ChangePublisher {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async publish(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#send(changeMessage(change));
    await this.#bus.flush();
  }

  async heartbeat(position: number): Promise<void> {
    this.#send(positionMessage(position));
    await this.#bus.flush();
  }

  #send(event: directory.WatchResponse): void {
    if (this.#bus.publish(directoryEvents.subject(event), directoryEvents.encode(event))) return;
    throw new ServiceError('unavailable', 'The bus takes no events');
  }
}
