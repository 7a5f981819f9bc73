import type { SeededRandom } from './seeded-random.js';

/** How bad the network is. Each copy of a packet gets a delay of its own, which reorders them. */
export interface NetworkConditions {
  readonly lossRate: number;
  readonly duplicationRate: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly payload: string;
}

export interface NetworkTap {
  sent(now: number, packet: Packet): void;
  /** Just before the receiver gets it. */
  delivered(now: number, packet: Packet): void;
}

export type PacketReceiver = (now: number, packet: Packet) => void;

interface Arrival {
  readonly at: number;
  readonly order: number;
  readonly packet: Packet;
}

/** Deliveries fall between the ticks of a millisecond clock, so that a packet and a timer are never due at the same instant. */
const PHASE_MS = 0.25;

/**
 * A datagram network under simulated time, deterministic for a given random source. `send` decides a packet's fate at
 * once; `advance` delivers what has arrived, in order of arrival.
 */
export class LossyNetwork {
  private readonly receivers = new Map<string, PacketReceiver>();
  private readonly arrivals: Arrival[] = [];
  private order = 0;
  readonly counts = { sent: 0, lost: 0, duplicated: 0, delivered: 0 };

  constructor(
    private readonly random: SeededRandom,
    private readonly conditions: NetworkConditions,
    private readonly tap: NetworkTap | undefined = undefined,
  ) {}

  attach(address: string, receiver: PacketReceiver): void {
    if (this.receivers.has(address)) throw new Error(`${address} is attached already`);
    this.receivers.set(address, receiver);
  }

  send(now: number, packet: Packet): void {
    this.counts.sent++;
    this.tap?.sent(now, packet);
    this.launch(now, packet);
    if (!this.random.chance(this.conditions.duplicationRate)) return;
    this.counts.duplicated++;
    this.launch(now, packet);
  }

  /** When the next packet arrives; undefined if none is under way. */
  nextDeadline(): number | undefined {
    return this.arrivals[0]?.at;
  }

  /** Delivers everything that has arrived by `now`; what the receivers send meanwhile arrives later. */
  advance(now: number): void {
    for (let first = this.arrivals[0]; first !== undefined && first.at <= now; first = this.arrivals[0]) {
      this.removeFirst();
      const receiver = this.receivers.get(first.packet.to);
      if (receiver === undefined) throw new Error(`nobody is attached as ${first.packet.to}`);
      this.counts.delivered++;
      this.tap?.delivered(first.at, first.packet);
      receiver(first.at, first.packet);
    }
  }

  private launch(now: number, packet: Packet): void {
    if (this.random.chance(this.conditions.lossRate)) {
      this.counts.lost++;
      return;
    }
    const delayMs = this.random.integer(this.conditions.minDelayMs, this.conditions.maxDelayMs);
    this.insert({ at: Math.floor(now) + delayMs + PHASE_MS, order: this.order++, packet });
  }

  private insert(arrival: Arrival): void {
    const heap = this.arrivals;
    let index = heap.length;
    heap.push(arrival);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!earlier(arrival, heap[parent] as Arrival)) break;
      heap[index] = heap[parent] as Arrival;
      index = parent;
    }
    heap[index] = arrival;
  }

  private removeFirst(): void {
    const heap = this.arrivals;
    const last = heap.pop() as Arrival;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Arrival, heap[child] as Arrival)) child++;
      if (!earlier(heap[child] as Arrival, last)) break;
      heap[index] = heap[child] as Arrival;
      index = child;
    }
    heap[index] = last;
  }
}

function earlier(a: Arrival, b: Arrival): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
