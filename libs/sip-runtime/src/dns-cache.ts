import type { DnsAnswer, DnsQuestion } from '@ringdown/sip-proxy';
import type { DnsReply } from './dns-client.js';

/** How long answers are kept, in seconds, and how many. */
export interface DnsCacheLimits {
  readonly maxEntries: number;
  /** For records whose time to live the resolver doesn't tell: Node gives none for SRV and NAPTR. */
  readonly unknownTtlSec: number;
  /** No record is kept longer, whatever it says. */
  readonly maxTtlSec: number;
  /** For names and records that don't exist; RFC 2308 §5 would have the SOA's minimum, which Node doesn't give. */
  readonly negativeTtlSec: number;
  /** For servers that don't answer (RFC 2308 §7.2 allows up to five minutes). */
  readonly unavailableTtlSec: number;
}

export const defaultDnsCacheLimits: DnsCacheLimits = {
  maxEntries: 10_000,
  unknownTtlSec: 60,
  maxTtlSec: 3_600,
  negativeTtlSec: 30,
  unavailableTtlSec: 2,
};

interface Entry {
  readonly answer: DnsAnswer;
  readonly expiresAt: number;
}

/** Answers by question, each until its time is over. When full, the oldest make room. */
export class DnsCache {
  readonly #limits: DnsCacheLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: Partial<DnsCacheLimits> = {}) {
    this.#limits = { ...defaultDnsCacheLimits, ...limits };
  }

  get size(): number {
    return this.#entries.size;
  }

  get(now: number, question: DnsQuestion): DnsAnswer | undefined {
    const key = keyOf(question);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > now) return entry.answer;
    this.#entries.delete(key);
    return undefined;
  }

  put(now: number, question: DnsQuestion, reply: DnsReply): void {
    const key = keyOf(question);
    this.#entries.delete(key);
    while (this.#entries.size >= this.#limits.maxEntries) {
      const oldest = this.#entries.keys().next();
      if (oldest.done === true) break;
      this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, { answer: reply.answer, expiresAt: now + 1_000 * this.#ttlSec(reply) });
  }

  #ttlSec({ answer, ttlSec }: DnsReply): number {
    if (answer.type === 'unavailable') return this.#limits.unavailableTtlSec;
    const found = 'addresses' in answer ? answer.addresses : answer.records;
    if (found.length === 0) return this.#limits.negativeTtlSec;
    return Math.min(ttlSec ?? this.#limits.unknownTtlSec, this.#limits.maxTtlSec);
  }
}

function keyOf(question: DnsQuestion): string {
  // RFC 4343: names compare without case.
  return `${question.type} ${question.name.toLowerCase()}`;
}
