import type { FieldHost } from './field-host.js';

/** What is told apart of the datagrams that an edge gets. */
export type Arrival = 'INVITE' | 'ACK' | 'CANCEL' | 'BYE' | 'any';

/** The first four characters of what begins so, as they stand behind the UDP header. */
const starts: Readonly<Record<Exclude<Arrival, 'any'>, string>> = {
  INVITE: 'INVI',
  ACK: 'ACK ',
  CANCEL: 'CANC',
  BYE: 'BYE ',
};

/** The match of a datagram with a request of this method. */
export function startsWith(method: Exclude<Arrival, 'any'>): string {
  return `@th,64,32 0x${Buffer.from(starts[method], 'latin1').toString('hex')}`;
}

/** Counts on the balancer what each edge gets over UDP: proof of where a message went that no edge could forge. */
export class Arrivals {
  readonly #balancer: FieldHost;
  readonly #edges: number;

  static async count(balancer: FieldHost, edges: readonly Pick<FieldHost, 'ipv4' | 'ipv6'>[]): Promise<Arrivals> {
    const methods = Object.keys(starts) as Exclude<Arrival, 'any'>[];
    const counters = edges.flatMap((_, edge) =>
      [...methods, 'any'].map((arrival) => `counter edge${edge}_${arrival} { }`),
    );
    const rules = edges.flatMap(({ ipv4, ipv6 }, edge) =>
      [`ip daddr ${ipv4}`, `ip6 daddr ${ipv6}`].flatMap((address) => [
        ...methods.map(
          (method) => `${address} udp dport 5060 ${startsWith(method)} counter name edge${edge}_${method}`,
        ),
        `${address} udp dport 5060 counter name edge${edge}_any`,
      ]),
    );
    const chain = `chain passing {\ntype filter hook forward priority filter; policy accept;\n${rules.join('\n')}\n}`;
    await balancer.exec('nft', ['-f', '-'], `table inet arrivals {\n${counters.join('\n')}\n${chain}\n}\n`);
    return new Arrivals(balancer, edges.length);
  }

  private constructor(balancer: FieldHost, edges: number) {
    this.#balancer = balancer;
    this.#edges = edges;
  }

  /** How many datagrams each edge has got so far, by the edges' order. */
  async read(): Promise<readonly Readonly<Record<Arrival, number>>[]> {
    const text = await this.#balancer.exec('nft', ['-j', 'list', 'counters', 'table', 'inet', 'arrivals']);
    const listed = (JSON.parse(text) as { nftables: { counter?: { name: string; packets: number } }[] }).nftables;
    const packets = new Map(listed.map(({ counter }) => [counter?.name ?? '', counter?.packets ?? 0]));
    return Array.from({ length: this.#edges }, (_, edge) => {
      const of = (arrival: Arrival) => packets.get(`edge${edge}_${arrival}`) ?? 0;
      return { INVITE: of('INVITE'), ACK: of('ACK'), CANCEL: of('CANCEL'), BYE: of('BYE'), any: of('any') };
    });
  }
}
