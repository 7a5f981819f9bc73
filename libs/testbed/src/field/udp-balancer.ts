import { join } from 'node:path';
import { checkoutRoot } from '../checkout-root.js';
import type { Child } from '../child-process.js';
import { Arrivals, startsWith } from './arrivals.js';
import type { FieldHost } from './field-host.js';

/** The configurations that operators are pointed to. */
export const loadBalancersFolder = join(checkoutRoot, 'deploy', 'load-balancers');

/** To which edge a datagram goes. */
export type Spreading =
  /** By its source, as in the operator's configuration. */
  | 'by-source'
  /** Each to the next edge: the worst balancer there can be, since a retransmission is for another edge than the message. */
  | 'each-to-the-next'
  /** INVITE, ACK and CANCEL each to an edge of its own, everything else by its source. */
  | 'by-method';

export interface UdpBalancerOptions {
  readonly host: FieldHost;
  readonly virtualIpv4: string;
  readonly virtualIpv6: string;
  readonly edges: readonly Pick<FieldHost, 'ipv4' | 'ipv6'>[];
}

const methods = ['INVITE', 'ACK', 'CANCEL'] as const;

/** deploy/load-balancers/udp.nft and udp-health.sh on the balancer's machine. */
export class UdpBalancer {
  readonly arrivals: Arrivals;
  readonly #options: UdpBalancerOptions;
  readonly #health: Child;

  static async start(options: UdpBalancerOptions): Promise<UdpBalancer> {
    const { host, virtualIpv4, virtualIpv6, edges } = options;
    const defined = ['-D', `vip4=${virtualIpv4}`, '-D', `vip6=${virtualIpv6}`, '-D', 'core=core'];
    await host.exec('nft', [...defined, '-f', join(loadBalancersFolder, 'udp.nft')]);
    const health = host.spawn('sh', [
      join(loadBalancersFolder, 'udp-health.sh'),
      ...edges.map(({ ipv4, ipv6 }) => `${ipv4},${ipv6}`),
    ]);
    return new UdpBalancer(options, await Arrivals.count(host, edges), health);
  }

  private constructor(options: UdpBalancerOptions, arrivals: Arrivals, health: Child) {
    this.arrivals = arrivals;
    this.#options = options;
    this.#health = health;
  }

  /** Resolves when so many edges get datagrams. */
  async spreadsOver(edges: number): Promise<void> {
    await this.#health.printed(new RegExp(`^edges that get UDP:(?: \\S+){${edges}}$`, 'm'));
  }

  /** What it has said about edges that came and went. */
  log(): string {
    return this.#health.output();
  }

  /** Spreads over the edges in another way from now on; the two others than 'by-source' know nothing of health. */
  async spread(spreading: Spreading): Promise<void> {
    const { host, edges, virtualIpv4, virtualIpv6 } = this.#options;
    const rules = (['ip', 'ip6'] as const).flatMap((ip) => {
      const address = ip === 'ip' ? 'ipv4' : 'ipv6';
      const arriving = `${ip} daddr ${ip === 'ip' ? virtualIpv4 : virtualIpv6} udp dport 5060 notrack`;
      const all = edges.map((edge, index) => `${index} : ${edge[address]}`).join(', ');
      const bySource = `${arriving} meta mark set jhash ${ip} saddr . udp sport mod 60 seed 0x5060 ${ip} daddr set meta mark map @edges${address.slice(-1)}`;
      if (spreading === 'by-source') return [bySource];
      if (spreading === 'each-to-the-next')
        return [`${arriving} ${ip} daddr set numgen inc mod ${edges.length} map { ${all} }`];
      const byMethod = methods.map((method, index) => {
        const edge = edges[index % edges.length]?.[address];
        return `${arriving} ${startsWith(method)} ${ip} daddr set ${edge} accept`;
      });
      return [...byMethod, bySource];
    });
    const script = [
      'flush chain inet sip_balancer inbound',
      ...rules.map((rule) => `add rule inet sip_balancer inbound ${rule}`),
    ];
    script.push('add rule inet sip_balancer inbound iifname "core" udp sport 5060 notrack');
    await host.exec('nft', ['-f', '-'], `${script.join('\n')}\n`);
  }

  async stop(): Promise<void> {
    await this.#health.end('SIGKILL');
  }
}
