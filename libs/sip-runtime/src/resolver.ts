import type { SipUri } from '@ringdown/sip-message';
import {
  type DnsAnswer,
  type DnsQuestion,
  type LocateFailureCode,
  type LocateOptions,
  type LocateStep,
  locate,
  type ResolvedTarget,
} from '@ringdown/sip-proxy';
import { type Clock, monotonicClock } from './clock.js';
import { DnsCache, type DnsCacheLimits } from './dns-cache.js';
import { type DnsClient, nodeDnsClient } from './dns-client.js';

/** Where a request may go: the ordered list to try one after another (RFC 3263 §4.3), or why there is nowhere. */
export type Resolution =
  | { readonly kind: 'targets'; readonly targets: readonly ResolvedTarget[] }
  | { readonly kind: 'failure'; readonly code: LocateFailureCode; readonly reason: string };

/** What a resolver is made of. */
export interface ResolverOptions {
  readonly transports: LocateOptions['transports'];
  readonly families?: LocateOptions['families'];
  /** A number from 0 to below 1, for SRV weights. */
  readonly random?: () => number;
  readonly dns?: DnsClient;
  readonly clock?: Clock;
  readonly cache?: Partial<DnsCacheLimits>;
  /** How long one resolution may take, all its questions together. */
  readonly timeoutMs?: number;
}

/** More rounds than RFC 3263 has: NAPTR, SRV, addresses. */
const maxRounds = 8;

/** Finds targets by RFC 3263, asking the DNS only for what the cache doesn't know, and each thing once at a time. */
export class Resolver {
  readonly #locateOptions: LocateOptions;
  readonly #dns: DnsClient;
  readonly #clock: Clock;
  readonly #cache: DnsCache;
  readonly #timeoutMs: number;
  readonly #underWay = new Map<string, Promise<DnsAnswer>>();

  constructor(options: ResolverOptions) {
    this.#locateOptions = {
      transports: options.transports,
      families: options.families ?? ['A', 'AAAA'],
      random: options.random ?? Math.random,
    };
    this.#dns = options.dns ?? nodeDnsClient();
    this.#clock = options.clock ?? monotonicClock;
    this.#cache = new DnsCache(options.cache);
    this.#timeoutMs = options.timeoutMs ?? 5_000;
  }

  /** What can be said at once: for a numeric host always, for a name while the cache knows it all. Else undefined. */
  resolveNow(uri: SipUri): Resolution | undefined {
    const step = this.#follow(locate(uri, this.#locateOptions));
    return step.kind === 'ask' ? undefined : step;
  }

  /** Where to send, after asking the DNS as far as needed. Never rejects; silence is `dns-unavailable`. */
  async resolve(uri: SipUri): Promise<Resolution> {
    const cut = cutOff(this.#timeoutMs, uri.host);
    try {
      let step = this.#follow(locate(uri, this.#locateOptions));
      for (let round = 0; step.kind === 'ask' && round < maxRounds; round++) {
        const { questions, resume } = step;
        const answers = await Promise.race([
          cut.reached,
          Promise.all(questions.map((question) => this.#ask(question))),
        ]);
        if (!Array.isArray(answers)) return answers;
        step = this.#follow(resume(answers));
      }
      if (step.kind !== 'ask') return step;
      return { kind: 'failure', code: 'no-address', reason: `the records of ${uri.host} lead nowhere` };
    } finally {
      cut.clear();
    }
  }

  /** Goes on as far as the cache knows the answers. */
  #follow(first: LocateStep): LocateStep {
    let step = first;
    for (let round = 0; step.kind === 'ask' && round < maxRounds; round++) {
      const answers: DnsAnswer[] = [];
      for (const question of step.questions) {
        const known = this.#cache.get(this.#clock.now(), question);
        if (known === undefined) return step;
        answers.push(known);
      }
      step = step.resume(answers);
    }
    return step;
  }

  #ask(question: DnsQuestion): Promise<DnsAnswer> {
    const known = this.#cache.get(this.#clock.now(), question);
    if (known !== undefined) return Promise.resolve(known);
    const key = `${question.type} ${question.name.toLowerCase()}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const asked = this.#dns.ask(question).then(
      (reply) => {
        this.#underWay.delete(key);
        this.#cache.put(this.#clock.now(), question, reply);
        return reply.answer;
      },
      (): DnsAnswer => {
        this.#underWay.delete(key);
        return { type: 'unavailable' };
      },
    );
    this.#underWay.set(key, asked);
    return asked;
  }
}

function cutOff(timeoutMs: number, host: string): { reached: Promise<Resolution>; clear(): void } {
  let timeout: NodeJS.Timeout | undefined;
  const reached = new Promise<Resolution>((resolve) => {
    timeout = setTimeout(
      () =>
        resolve({
          kind: 'failure',
          code: 'dns-unavailable',
          reason: `the DNS did not answer for ${host} within ${timeoutMs} ms`,
        }),
      timeoutMs,
    );
  });
  return { reached, clear: () => clearTimeout(timeout) };
}
