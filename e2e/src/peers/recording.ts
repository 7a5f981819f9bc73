import { WireMessage } from './wire-message.js';

export type WireTransport = 'UDP' | 'TCP';

/** One message on its way between two neighbours, such as `alice` and `proxy1`. */
export interface RecordedMessage {
  /** Milliseconds; only differences mean something. */
  readonly atMs: number;
  readonly transport: WireTransport;
  readonly from: string;
  readonly to: string;
  readonly message: WireMessage;
}

/** Every message that relays saw, in the order in which they saw it. */
export class Recording {
  private readonly messages: RecordedMessage[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly elements = new Map<string, string>();

  /** Tells whose address `host:port` is, as it stands in a Via. */
  name(hostPort: string, element: string): void {
    this.elements.set(hostPort, element);
  }

  /** The host at which an element was named. */
  hostOf(element: string): string | undefined {
    const hostPort = [...this.elements].find(([, name]) => name === element)?.[0];
    return hostPort?.slice(0, hostPort.lastIndexOf(':'));
  }

  /** The element that was named at this address. */
  elementAt(hostPort: string): string | undefined {
    return this.elements.get(hostPort);
  }

  add(transport: WireTransport, from: string, to: string, raw: string): void {
    this.messages.push({ atMs: performance.now(), transport, from, to, message: new WireMessage(raw) });
    for (const watcher of this.watchers) watcher();
  }

  /** The messages of one call or registration. */
  of(callId: string): CallLadder {
    return new CallLadder(this, callId);
  }

  withCallId(callId: string): readonly RecordedMessage[] {
    return this.messages.filter(({ message }) => message.callId === callId);
  }

  /** Resolves as soon as `condition` holds, which is asked again after each message; false when it doesn't in time. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return true;
    return new Promise((resolve) => {
      const done = (held: boolean): void => {
        clearTimeout(timer);
        this.watchers.delete(watcher);
        resolve(held);
      };
      const timer = setTimeout(done, timeoutMs, false);
      const watcher = (): void => {
        if (condition()) done(true);
      };
      this.watchers.add(watcher);
    });
  }
}

/** The hops of a figure: for each pair of neighbours, in alphabetical order, what passed between them in order; `>` is from the first. */
export type Hops = Readonly<Record<string, readonly string[]>>;

/** How long a message may take that the script waits for. */
const passMs = 10_000;

/** What passed between the neighbours of one call; it grows while the call goes on. */
export class CallLadder {
  constructor(
    private readonly recording: Recording,
    private readonly callId: string,
  ) {}

  /**
   * What each hop carried. The same bytes once more on the same hop are a retransmission and stand for one arrow. A 100 right before a
   * challenge or a redirection only says that the machine was slow (RFC 3261 §17.2.1: after 200 ms) and is left out.
   */
  hops(): Hops {
    const seen = new Set<string>();
    const arrows: string[] = [];
    for (const { from, to, message } of this.read()) {
      const key = `${from}\n${to}\n${message.raw}`;
      if (seen.has(key)) continue;
      seen.add(key);
      arrows.push(`${from} > ${to} ${message.label}`);
    }
    const hops = Object.entries(hopsOf(arrows)).map(([hop, labels]) => [hop, labels.filter(isNoHurriedTrying)]);
    return Object.fromEntries(hops);
  }

  /** Resolves when a message of this label has gone this way; rejects with the ladder when it doesn't in time. */
  async passed(from: string, to: string, label: string): Promise<WireMessage> {
    const happened = await this.recording.until(() => this.transmissions(from, to, label).length > 0, passMs);
    if (!happened) throw new Error(`no ${label} from ${from} to ${to} within ${passMs} ms in\n${this.text()}`);
    return this.message(from, to, label);
  }

  /** Every message of this label that went this way, retransmissions included. */
  transmissions(from: string, to: string, label: string): readonly RecordedMessage[] {
    return this.read().filter((each) => each.from === from && each.to === to && each.message.label === label);
  }

  /** The message of this label that went this way; the `nth`, from 0, of different ones. Throws with the whole ladder if there is none. */
  message(from: string, to: string, label: string, nth = 0): WireMessage {
    const different = new Map(this.transmissions(from, to, label).map(({ message }) => [message.raw, message]));
    const found = [...different.values()][nth];
    if (found === undefined) throw new Error(`no ${label} number ${nth} from ${from} to ${to} in\n${this.text()}`);
    return found;
  }

  /** For a person: one line a message. */
  text(): string {
    const all = this.read();
    const first = all[0]?.atMs ?? 0;
    return all
      .map(
        (each) =>
          `${(each.atMs - first).toFixed(0).padStart(6)} ms ${each.transport} ${each.from} > ${each.to}  ${each.message.startLine}`,
      )
      .join('\n');
  }

  private read(): readonly RecordedMessage[] {
    return this.recording.withCallId(this.callId);
  }
}

function isNoHurriedTrying(label: string, at: number, labels: readonly string[]): boolean {
  return !(/^[<>] 100 /.test(label) && /^[<>] (?:407|302) /.test(labels[at + 1] ?? ''));
}

/** Reads a figure's arrows, `alice > proxy1 INVITE`, into what each hop must carry. */
export function hopsOf(arrows: readonly string[]): Hops {
  const hops: Record<string, string[]> = {};
  for (const arrow of arrows) {
    const match = /^(\S+)\s+>\s+(\S+)\s+(.+)$/.exec(arrow.trim());
    if (match === null) throw new Error(`"${arrow}" is no arrow: write "alice > proxy1 INVITE"`);
    const [, from = '', to = '', label = ''] = match;
    const forward = from < to;
    const hop = forward ? `${from} - ${to}` : `${to} - ${from}`;
    (hops[hop] ??= []).push(`${forward ? '>' : '<'} ${label}`);
  }
  return hops;
}
