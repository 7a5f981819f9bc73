import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { BatchedUdpArea, Control, wordsPerPeer } from './batched-udp-area.js';
import type { BatchCounters, DatagramCounters, DatagramPort } from './datagram-port.js';
import { type Flow, nextFlowId, type TransportEvents } from './flow.js';
import { type HostPort, reachableHost } from './host-port.js';
import { formatIpv4, parseIpv4 } from './ipv4.js';
import { RecentlyUsed } from './recently-used.js';
import { isStun, stunAnswer } from './stun.js';
import { systemError } from './system-error.js';
import type { UdpAddon, UdpAddonHandle } from './udp-addon.js';
import { defaultUdpOptions, maxDatagramBytes, maxKeepaliveBytes, type UdpPortOptions } from './udp-port-options.js';

/** How to open a batched UDP port. */
export interface BatchedUdpPortOptions extends UdpPortOptions {
  /** How long a read may wait under load so that one serves more datagrams: a whole number, 0 (never) to 5. */
  readonly gatherMs?: number | undefined;
  /** The load from which on it waits. It stops below half of it. */
  readonly gatherFromPerSec?: number | undefined;
}

const maxGatherMs = 5;
const defaultGatherMs = 1;
const defaultGatherFromPerSec = 6_000;
/** The add-on counts datagrams in windows of 10 ms. */
const windowsPerSec = 100;

/** A UDP socket that reads and writes batches, through the add-on. One latin1 string a datagram, both ways. */
export class BatchedUdpPort implements DatagramPort {
  readonly kind = 'batched';
  readonly address: HostPort;
  readonly counters: DatagramCounters = { received: 0, sent: 0, keepalives: 0, stun: 0, sendErrors: 0 };
  readonly #addon: UdpAddon;
  readonly #handle: UdpAddonHandle;
  readonly #area: BatchedUdpArea;
  readonly #ipv6: boolean;
  readonly #events: TransportEvents;
  readonly #flows: RecentlyUsed<number | string, BatchedUdpFlow>;
  /** A peer may choose its address: without a secret it could choose addresses that fall together in the map. */
  readonly #keySecret = randomBytes(4).readInt32LE();
  readonly #queuedFlows: (BatchedUdpFlow | undefined)[];
  /** What was refused while JavaScript was flushing, told when the sender has returned. */
  #untold: { readonly flow: BatchedUdpFlow; readonly errno: number }[] = [];
  #queuedBytes = 0;
  #last: BatchedUdpFlow | undefined;
  #closed = false;

  private constructor(addon: UdpAddon, options: BatchedUdpPortOptions) {
    const { host, port, gatherMs = defaultGatherMs, gatherFromPerSec = defaultGatherFromPerSec } = options;
    if (!Number.isInteger(gatherMs) || gatherMs < 0 || gatherMs > maxGatherMs)
      throw new RangeError(`gatherMs is ${gatherMs}, not a whole number from 0 to ${maxGatherMs}`);
    this.#ipv6 = isIPv6(host);
    const opened = addon.open(
      {
        host,
        port,
        ipv6: this.#ipv6,
        reusePort: options.reusePort ?? defaultUdpOptions.reusePort,
        receiveBufferBytes: options.receiveBufferBytes ?? defaultUdpOptions.receiveBufferBytes,
        sendBufferBytes: options.sendBufferBytes ?? defaultUdpOptions.sendBufferBytes,
        gatherMs,
        gatherFrom: Math.max(1, Math.round(gatherFromPerSec / windowsPerSec)),
      },
      () => this.#turn(),
    );
    if (typeof opened === 'number') throw systemError('bind', opened, { host, port });
    this.#addon = addon;
    this.#handle = opened.handle;
    this.#area = new BatchedUdpArea(opened.area, addon.layout);
    this.#events = options.events;
    this.#flows = new RecentlyUsed(options.maxFlows ?? defaultUdpOptions.maxFlows);
    this.#queuedFlows = Array.from({ length: addon.layout.sendSlots });
    this.address = {
      host: reachableHost(opened.host, options.advertisedHost),
      port: options.advertisedPort ?? opened.port,
    };
  }

  /** Binds the socket. Throws Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't. */
  static open(addon: UdpAddon, options: BatchedUdpPortOptions): BatchedUdpPort {
    return new BatchedUdpPort(addon, options);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get batches(): BatchCounters {
    return this.#area.batches;
  }

  flowTo(remote: HostPort): BatchedUdpFlow {
    const { host, port } = remote;
    const last = this.#last;
    if (last !== undefined && last.remote.port === port && last.remote.host === host) return last;
    if (port > 0 && port <= 65_535) {
      if (!this.#ipv6) {
        const address = parseIpv4(host);
        if (address !== undefined) return this.#ipv4Flow(address | 0, port);
      } else {
        const words = new Int32Array(wordsPerPeer);
        if (this.#addon.parseIpv6(host, words)) {
          words[0] = port;
          return this.#ipv6Flow(Buffer.from(words.buffer).toString('latin1'), words, 0);
        }
      }
    }
    const key = `${host}|${port}`;
    return this.#flows.get(key) ?? this.#remember(key, new BatchedUdpFlow(this, remote, undefined));
  }

  /** Queues one datagram; it leaves when the loop waits next, or at the end of the batch. */
  transmit(raw: string, flow: BatchedUdpFlow): boolean {
    const { length } = raw;
    if (this.#closed || length > maxDatagramBytes || !flow.reachable) {
      this.counters.sendErrors += 1;
      return false;
    }
    const area = this.#area;
    let slot = area.control[Control.Queued] ?? 0;
    if (slot === area.layout.sendSlots || (slot > 0 && this.#queuedBytes + length > area.layout.sendBytes)) {
      this.#flushFull();
      slot = area.control[Control.Queued] ?? 0;
      // The socket takes nothing now: as with any full queue, what comes is refused, and what waits keeps its order.
      if (slot > 0) {
        this.counters.sendErrors += 1;
        return false;
      }
    }
    const offset = slot === 0 ? 0 : this.#queuedBytes;
    area.bytes.latin1Write(raw, area.layout.send + offset, length);
    area.sendOffset[slot] = offset;
    area.sendLength[slot] = length;
    flow.writePeer(area.to, slot * wordsPerPeer);
    this.#queuedFlows[slot] = flow;
    this.#queuedBytes = offset + length;
    area.control[Control.Queued] = slot + 1;
    this.counters.sent += 1;
    return true;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#addon.close(this.#handle);
    }
    return Promise.resolve();
  }

  /** The add-on has something to see: datagrams, or refusals. */
  #turn(): void {
    const { control, receivedLength } = this.#area;
    const received = control[Control.Received] ?? 0;
    for (let slot = control[Control.Consumed] ?? 0; slot < received && !this.#closed; slot += 1) {
      // Before the message is handled: after an exception the add-on calls again, for the rest.
      control[Control.Consumed] = slot + 1;
      const length = receivedLength[slot] ?? 0;
      if (length <= maxKeepaliveBytes) {
        this.counters.keepalives += 1;
        continue;
      }
      const raw = this.#area.received(slot, length);
      if (isStun(raw)) {
        this.#answerStun(raw, this.#flowFrom(slot));
        continue;
      }
      this.counters.received += 1;
      this.#events.message(raw, this.#flowFrom(slot), undefined);
    }
    if (control[Control.Refused] !== 0) {
      this.#takeRefusals();
      this.#tellRefusals();
    }
  }

  #answerStun(raw: string, flow: BatchedUdpFlow): void {
    this.counters.stun += 1;
    const answer = stunAnswer(raw, flow.remote);
    if (answer !== undefined) this.transmit(answer, flow);
  }

  #flowFrom(slot: number): BatchedUdpFlow {
    const { from } = this.#area;
    const at = slot * wordsPerPeer;
    const port = from[at] ?? 0;
    const address = from[at + 1] ?? 0;
    if (!this.#ipv6) return this.#ipv4Flow(address, port);
    return this.#ipv6Flow(this.#area.peerKey(slot), from, at);
  }

  #ipv4Flow(address: number, port: number): BatchedUdpFlow {
    const last = this.#last;
    if (last !== undefined && last.address === address && last.remote.port === port) return last;
    const key = ((address ^ this.#keySecret) >>> 0) * 65_536 + port;
    const flow = this.#flows.get(key);
    if (flow === undefined) {
      const remote = { host: formatIpv4(address), port };
      return this.#remember(key, new BatchedUdpFlow(this, remote, address));
    }
    this.#last = flow;
    return flow;
  }

  /** `words` hold the peer at `at`. */
  #ipv6Flow(key: string, words: Int32Array, at: number): BatchedUdpFlow {
    const flow = this.#flows.get(key);
    if (flow === undefined) {
      const own = words.slice(at, at + wordsPerPeer);
      const remote = { host: this.#addon.formatIpv6(own), port: own[0] ?? 0 };
      return this.#remember(key, new BatchedUdpFlow(this, remote, own));
    }
    this.#last = flow;
    return flow;
  }

  #remember(key: number | string, flow: BatchedUdpFlow): BatchedUdpFlow {
    this.#flows.set(key, flow);
    this.#last = flow;
    return flow;
  }

  /** Makes room in the area. Whoever sends is in the middle of something, so refusals are told afterwards. */
  #flushFull(): void {
    this.#addon.flush(this.#handle);
    if (this.#area.control[Control.Refused] === 0) return;
    if (this.#untold.length === 0) process.nextTick(() => this.#tellRefusals());
    this.#takeRefusals();
  }

  #takeRefusals(): void {
    const { control, refusals } = this.#area;
    const refused = control[Control.Refused] ?? 0;
    control[Control.Refused] = 0;
    for (let i = 0; i < refused; i += 1) {
      const flow = this.#queuedFlows[refusals[2 * i] ?? 0];
      if (flow !== undefined) this.#untold.push({ flow, errno: -(refusals[2 * i + 1] ?? 0) });
    }
  }

  #tellRefusals(): void {
    const untold = this.#untold;
    this.#untold = [];
    for (const { flow, errno } of untold) {
      this.counters.sendErrors += 1;
      if (!this.#closed) this.#events.sendFailed(flow, systemError('send', errno, flow.remote));
    }
  }
}

/** The address pair of a batched UDP port and one peer. Never closes but with its port. */
export class BatchedUdpFlow implements Flow {
  readonly id = nextFlowId();
  readonly transport = 'UDP';
  readonly reliable = false;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** False for what can be written in a sent-by but not sent to: port 0, a name, an address of the other version of IP. */
  readonly reachable: boolean;
  /** Of IPv4, as a signed number. */
  readonly address: number | undefined;
  readonly #words: Int32Array | undefined;
  readonly #port: BatchedUdpPort;

  /** `address`: of IPv4 a signed number, of IPv6 a peer's words; undefined for what nothing can be sent to. */
  constructor(port: BatchedUdpPort, remote: HostPort, address: number | Int32Array | undefined) {
    this.#port = port;
    this.local = port.address;
    this.remote = remote;
    this.reachable = address !== undefined;
    this.address = typeof address === 'number' ? address : undefined;
    this.#words = typeof address === 'object' ? address : undefined;
  }

  get closed(): boolean {
    return this.#port.closed;
  }

  send(raw: string): boolean {
    return this.#port.transmit(raw, this);
  }

  flowTo(remote: HostPort): Flow {
    return this.#port.flowTo(remote);
  }

  close(): void {}

  /** Writes where datagrams of this flow go into the words at `at`. */
  writePeer(to: Int32Array, at: number): void {
    if (this.#words !== undefined) {
      to.set(this.#words, at);
    } else {
      to[at] = this.remote.port;
      to[at + 1] = this.address ?? 0;
    }
  }
}
