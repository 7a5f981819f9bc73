import { parseUri, uriEquals } from '@ringdown/sip-message';

/**
 * One place to fork to. The response context reads only these fields; a caller extends the type with what it needs to
 * send there (flows, addresses, tenant, …), indexed by hop.
 */
export interface ForwardTarget {
  /** The Request-URI for this target. */
  readonly uri: string;
  /** 0 to 1000; targets of one value are tried in parallel, higher values before lower. */
  readonly qThousandths: number;
  /** How many flows or addresses there are to try in order; 0 when they are still to be found (see `resolved`). */
  readonly hopCount: number;
  /**
   * What the hops are. Flows of one device (RFC 5626 §7): the next is tried only after 430, 408 or no answer at all, since
   * any other response is the device's own. Addresses of one domain (RFC 3263 §4.3): after 503, no answer or a dead transport.
   */
  readonly failover: 'flows' | 'addresses';
  /**
   * What tells targets of equal URI apart, e.g. instance and flow: two phones behind different NATs may register the same
   * private address. Without one, an equal URI is the same target (RFC 3261 §16.5).
   */
  readonly identity?: string;
}

/** Targets not yet tried, best first, and the memory of those that were: no target is taken twice (RFC 3261 §16.5). */
export class TargetQueue<T extends ForwardTarget> {
  readonly #waiting: T[] = [];
  readonly #seen: T[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The q of the best waiting target, or undefined when none waits. */
  get topQ(): number | undefined {
    return this.#waiting[0]?.qThousandths;
  }

  /** @returns whether the target was taken: false when it was here before. */
  add(target: T): boolean {
    if (this.#seen.some((known) => isSameTarget(known, target))) return false;
    this.#seen.push(target);
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] as T).qThousandths < target.qThousandths) at--;
    this.#waiting.splice(at, 0, target);
    return true;
  }

  /** How many waiting targets have at least this q. */
  countFrom(qThousandths: number): number {
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count] as T).qThousandths >= qThousandths) count++;
    return count;
  }

  /** Takes the best `count` targets off. */
  take(count: number): T[] {
    return this.#waiting.splice(0, count);
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}

function isSameTarget(a: ForwardTarget, b: ForwardTarget): boolean {
  if (a.identity !== undefined && b.identity !== undefined && a.identity !== b.identity) return false;
  if (a.uri === b.uri) return true;
  const left = parseUri(a.uri);
  const right = parseUri(b.uri);
  return left.kind !== 'failure' && right.kind !== 'failure' && uriEquals(left, right);
}
