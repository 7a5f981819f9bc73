import { hash } from 'node:crypto';
import type { HostPort } from '@ringdown/sip-transport';
import type { OpenNgChannel } from './ng-channel.js';
import { NgClient, type NgOutcome } from './ng-client.js';
import type { NgCommand } from './ng-message.js';

/** An rtpengine. Its id stands in the sealed routes of its calls, so it stays the same for as long as they last, on every edge. */
export interface MediaNode extends HostPort {
  /** 0 to 255. */
  readonly id: number;
}

export interface MediaNodesOptions {
  readonly nodes: readonly MediaNode[];
  /** Told when a node goes away, and when it is back. */
  readonly changed?: (node: MediaNode, healthy: boolean, reason: string) => void;
  /** Default: UDP sockets. */
  readonly open?: OpenNgChannel;
}

interface Known {
  readonly node: MediaNode;
  readonly client: NgClient;
  healthy: boolean;
  /** Calls that it said it has, and those that were placed here since. */
  load: number;
}

/** How often a node is asked how it is. */
export const checkMs = 1_000;

/** The rtpengines of the platform: which of them live, and how much each has to do. */
export class MediaNodes {
  readonly #known: readonly Known[];
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly options: MediaNodesOptions) {
    const { nodes, open } = options;
    // Until proved otherwise a node is there: calls may come before the first answer to a check.
    this.#known = nodes.map((node) => ({
      node,
      client: new NgClient({ to: node, ...(open === undefined ? {} : { open }) }),
      healthy: true,
      load: 0,
    }));
    this.#timer = setInterval(() => this.#check(), checkMs);
    this.#timer.unref();
    this.#check();
  }

  /** Each node with its state. */
  get states(): readonly { readonly id: number; readonly healthy: boolean; readonly load: number }[] {
    return this.#known.map(({ node, healthy, load }) => ({ id: node.id, healthy, load }));
  }

  /** The living node with the fewest calls, where a new call is to go; undefined where there is none beside those tried. */
  leastLoaded(tried: ReadonlySet<number> = new Set()): number | undefined {
    let best: Known | undefined;
    for (const known of this.#known) {
      if (!known.healthy || tried.has(known.node.id)) continue;
      if (best === undefined || known.load < best.load) best = known;
    }
    if (best !== undefined) best.load++;
    return best?.node.id;
  }

  /**
   * The node that a call is at, or the one that stands in for it while it is gone: of the living ones that which every edge picks for this
   * call (rendezvous hashing), since nobody stores what was picked.
   */
  serving(id: number, callId: string, tried: ReadonlySet<number> = new Set()): number | undefined {
    const living = this.#known.filter(({ node, healthy }) => healthy && !tried.has(node.id));
    if (living.some(({ node }) => node.id === id)) return id;
    const ranked = living.map(({ node }) => ({ id: node.id, rank: hash('sha256', `${callId} ${node.id}`) }));
    return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.id;
  }

  /** The other nodes that live. */
  living(except: number): readonly number[] {
    return this.#known.filter(({ node, healthy }) => healthy && node.id !== except).map(({ node }) => node.id);
  }

  /** Asks a node; one that doesn't answer counts as gone until it answers a check. */
  ask(id: number, command: NgCommand, answered: (outcome: NgOutcome) => void): void {
    const known = this.#known.find(({ node }) => node.id === id);
    if (known === undefined) {
      answered({ kind: 'silent', reason: `there is no media node ${id}` });
      return;
    }
    known.client.ask(command, (outcome) => {
      if (outcome.kind === 'silent') this.#turned(known, false, outcome.reason);
      else this.#turned(known, true, '');
      answered(outcome);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { client } of this.#known) client.close();
  }

  #check(): void {
    for (const known of this.#known) {
      this.ask(known.node.id, { command: 'statistics' }, (outcome) => {
        if (outcome.kind !== 'done') return;
        known.load = outcome.reply.statistics?.currentstatistics?.sessionstotal ?? known.load;
      });
    }
  }

  #turned(known: Known, healthy: boolean, reason: string): void {
    if (known.healthy === healthy) return;
    known.healthy = healthy;
    // Perhaps the name leads elsewhere now.
    if (!healthy) known.client.reset(reason);
    this.options.changed?.(known.node, healthy, reason);
  }
}
