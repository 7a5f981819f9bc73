import type { StreamLimits } from './stream-limits.js';

/** Counts a port's connections, all of them and by the address they came from, and says when there are too many. */
export class Admission {
  readonly #limits: StreamLimits;
  readonly #byHost = new Map<string, number>();
  #all = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Takes a place among all; false when there is none. */
  enter(): boolean {
    if (this.#all >= this.#limits.maxConnections) return false;
    this.#all += 1;
    return true;
  }

  /** Takes a place among those from this address; false when there is none. */
  enterFrom(host: string): boolean {
    const key = countedHost(host);
    const known = this.#byHost.get(key) ?? 0;
    if (known >= this.#limits.maxConnectionsPerHost) return false;
    this.#byHost.set(key, known + 1);
    return true;
  }

  leave(): void {
    this.#all -= 1;
  }

  leaveFrom(host: string): void {
    const key = countedHost(host);
    const left = (this.#byHost.get(key) ?? 1) - 1;
    if (left === 0) this.#byHost.delete(key);
    else this.#byHost.set(key, left);
  }
}

/** Who has an IPv6 address has usually its whole /64, so that is what counts as one. */
function countedHost(host: string): string {
  if (!host.includes(':')) return host;
  const [head = '', tail] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return groups.slice(0, 4).join(':');
}
