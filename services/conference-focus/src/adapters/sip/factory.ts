import type { ServerTransaction } from '@ringdown/sip-transaction';
import type { Flow } from '@ringdown/sip-transport';
import type { Conferences } from '../../use-cases/conferences.js';

/** The conference factory (RFC 4579 §5.4): each INVITE to it gets a room of its own, whose URI is in the answer's Contact. */
export class Factory {
  readonly #rooms = new WeakMap<ServerTransaction<Flow>, string>();

  constructor(private readonly conferences: Pick<Conferences, 'adHocRoomName'>) {}

  /** The room of this INVITE, named when it is first asked for. */
  roomFor(transaction: ServerTransaction<Flow>): string {
    const known = this.#rooms.get(transaction);
    if (known !== undefined) return known;
    const room = this.conferences.adHocRoomName();
    this.#rooms.set(transaction, room);
    return room;
  }

  /** Whether this INVITE has made a room: its sender is the conference's owner. */
  isOwner(transaction: ServerTransaction<Flow>): boolean {
    return this.#rooms.has(transaction);
  }
}
