import { promises } from 'node:dns';
import type { DnsAnswer, DnsQuestion } from '@ringdown/sip-proxy';

/** An answer and how long it may be kept. */
export interface DnsReply {
  readonly answer: DnsAnswer;
  /** Undefined where the resolver doesn't tell: the cache then has its own idea. */
  readonly ttlSec: number | undefined;
}

/** Asks the DNS. Never rejects: no answer is `unavailable`, no such name or record an empty list. */
export interface DnsClient {
  ask(question: DnsQuestion): Promise<DnsReply>;
}

/** How to ask. */
export interface NodeDnsOptions {
  /** Servers as `address` or `address:port`; default: the system's. */
  readonly servers?: readonly string[];
  readonly timeoutMs?: number;
  readonly tries?: number;
}

/** A DnsClient over node:dns, which asks name servers itself and blocks no thread (unlike `dns.lookup`). */
export function nodeDnsClient(options: NodeDnsOptions = {}): DnsClient {
  const resolver = new promises.Resolver({ timeout: options.timeoutMs ?? 1_500, tries: options.tries ?? 2 });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  return {
    async ask(question) {
      try {
        return await reply(resolver, question);
      } catch (error) {
        return { answer: failed(question, error), ttlSec: undefined };
      }
    },
  };
}

async function reply(resolver: promises.Resolver, { type, name }: DnsQuestion): Promise<DnsReply> {
  switch (type) {
    case 'A':
    case 'AAAA': {
      const found = await (type === 'A'
        ? resolver.resolve4(name, { ttl: true })
        : resolver.resolve6(name, { ttl: true }));
      const addresses = found.map((record) => record.address);
      return { answer: { type, addresses }, ttlSec: Math.min(...found.map((record) => record.ttl)) };
    }
    case 'SRV': {
      const found = await resolver.resolveSrv(name);
      const records = found.map(({ priority, weight, port, name: target }) => ({ priority, weight, port, target }));
      return { answer: { type, records }, ttlSec: undefined };
    }
    case 'NAPTR':
      return { answer: { type, records: await resolver.resolveNaptr(name) }, ttlSec: undefined };
  }
}

/** RFC 2308 §2: a name that doesn't exist, and one without such records, are answers; everything else is the lack of one. */
function failed({ type }: DnsQuestion, error: unknown): DnsAnswer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOTFOUND' && code !== 'ENODATA') return { type: 'unavailable' };
  return type === 'A' || type === 'AAAA' ? { type, addresses: [] } : { type, records: [] };
}
