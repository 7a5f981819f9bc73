import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FieldHost, type Place } from './field-host.js';
import { execIn, ipBatch, Namespaces } from './namespaces.js';

const run = promisify(execFile);

/** Of RFC 5737 and RFC 3849: nobody's. The same in every field, since it is only in namespaces. */
const publicIpv4 = (host: number) => `203.0.113.${host}`;
const publicIpv6 = (host: number) => `2001:db8:f1e1:d::${host.toString(16)}`;
const homeIpv4 = (host: number) => `192.168.77.${host}`;
const homeIpv6 = (host: number) => `fd77:40e::${host.toString(16)}`;

/** How many addresses of the public clients' host are its own, one after the other. */
const publicClientAddresses = 100;
const firstPublicClient = 101;

/** A machine in core that has an address in public too. */
export interface BorderHost {
  readonly host: FieldHost;
  readonly publicIpv4: string;
  readonly publicIpv6: string;
}

let fields = 0;

/**
 * The wires of a field:
 *
 *   platform's processes ── core ── balancer ── public ──┬── public clients
 *                                                        └── router (masquerade) ── home ── clients behind NAT
 *
 * Core and public are bridges of one switch, where faults are made. The test's own process has an interface in core, so that it can talk to
 * every service, and addresses there for Postgres and NATS.
 */
export class FieldNetwork {
  readonly #namespaces: Namespaces;
  readonly #subnet: number;
  readonly #outside: string;
  readonly #switch: string;
  #nextMac = 1;

  /** In core, by host number; the test's own process is 1. */
  static async build(): Promise<FieldNetwork> {
    const number = (fields += 1);
    const namespaces = await Namespaces.open(number);
    try {
      const network = new FieldNetwork(namespaces, await freeSubnet(), number, await namespaces.add('switch'));
      await network.#layOut();
      return network;
    } catch (error) {
      await namespaces.remove();
      throw error;
    }
  }

  private constructor(namespaces: Namespaces, subnet: number, number: number, switchNamespace: string) {
    this.#namespaces = namespaces;
    this.#subnet = subnet;
    this.#outside = `rdf${process.pid}-${number}`;
    this.#switch = switchNamespace;
  }

  coreIpv4(host: number): string {
    return `10.201.${this.#subnet}.${host}`;
  }

  coreIpv6(host: number): string {
    return `fd72:1d9e:${this.#subnet.toString(16)}::${host.toString(16)}`;
  }

  /** Of core, as CIDRs. */
  get corePrefixes(): readonly [ipv4: string, ipv6: string] {
    return [`${this.coreIpv4(0)}/24`, `${this.coreIpv6(0)}/64`];
  }

  /** Where phones send to. */
  readonly virtualIpv4 = publicIpv4(10);
  readonly virtualIpv6 = publicIpv6(10);

  balancer!: FieldHost;
  publicClients!: FieldHost;
  router!: FieldHost;
  homeClients!: FieldHost;

  /** The addresses of `publicClients`, the first one being its `ipv4`. */
  get publicClientAddresses(): readonly string[] {
    return Array.from({ length: publicClientAddresses }, (_, index) => publicIpv4(firstPublicClient + index));
  }

  /** Something that runs in the test's own network at an address of core, such as Postgres. */
  outside(name: string, host: number): Place & { readonly ipv4: string } {
    const ipv4 = this.coreIpv4(host);
    return { name, mac: this.#mac(0), ipv4, onlyIpv4: ipv4 };
  }

  /** A machine in core that reaches everybody else by way of the balancer. */
  async addCoreHost(name: string, host: number): Promise<FieldHost> {
    const added = await this.#attach(name, 'core', [this.coreIpv4(host), this.coreIpv6(host)]);
    await ipBatch(
      [`route add default via ${this.coreIpv4(2)}`, `route add default via ${this.coreIpv6(2)}`],
      added.namespace,
    );
    return added;
  }

  /** Adds a machine to core that is reached in public by its own address there, by the same host number. */
  async addBorderHost(name: string, host: number): Promise<BorderHost> {
    const added = await this.addCoreHost(name, host);
    const [ipv4, ipv6] = [publicIpv4(host), publicIpv6(host)];
    await this.#connect(added.namespace, 'public', [ipv4, ipv6]);
    return { host: added, publicIpv4: ipv4, publicIpv6: ipv6 };
  }

  /** Makes the switch obey these rules, in place of those before. */
  async setSwitchRules(rules: readonly string[]): Promise<void> {
    const chain = ['type filter hook forward priority filter; policy accept;', ...rules].join('\n');
    const table = `table bridge faults\ndelete table bridge faults\ntable bridge faults {\nchain crossing {\n${chain}\n}\n}\n`;
    await execIn(this.#switch, 'nft', ['-f', '-'], table);
  }

  /** Ends what still runs in the namespaces and removes them all. */
  async remove(): Promise<void> {
    await this.#namespaces.remove();
    await run('ip', ['link', 'del', this.#outside]).catch(() => {});
  }

  async #layOut(): Promise<void> {
    await ipBatch(
      ['core', 'public', 'home'].flatMap((bridge) => [
        `link add ${bridge} type bridge forward_delay 0`,
        `link set ${bridge} up`,
      ]),
      this.#switch,
    );
    await this.#attachOutside();
    this.balancer = await this.#attach('balancer', 'core', [this.coreIpv4(2), this.coreIpv6(2)]);
    await this.#connect(this.balancer.namespace, 'public', [this.virtualIpv4, this.virtualIpv6]);
    await forwards(this.balancer);
    this.publicClients = await this.#attach('clients', 'public', [publicIpv4(firstPublicClient), publicIpv6(0x101)]);
    await ipBatch(
      this.publicClientAddresses.slice(1).map((address) => `addr add ${address}/24 dev public`),
      this.publicClients.namespace,
    );
    this.router = await this.#attach('router', 'public', [publicIpv4(20), publicIpv6(0x20)]);
    // Nothing is there, but a browser takes an address for its own only where it has a way to the rest of the world.
    await ipBatch(
      [`route add default via ${publicIpv4(20)}`, `route add default via ${publicIpv6(0x20)}`],
      this.publicClients.namespace,
    );
    await this.#connect(this.router.namespace, 'home', [homeIpv4(1), homeIpv6(1)]);
    await forwards(this.router);
    await this.router.exec(
      'nft',
      ['-f', '-'],
      'table inet home {\nchain leaving {\ntype nat hook postrouting priority srcnat;\noifname "public" masquerade\n}\n}\n',
    );
    this.homeClients = await this.#attach('home', 'home', [homeIpv4(2), homeIpv6(2)]);
    await ipBatch(
      [`route add default via ${homeIpv4(1)}`, `route add default via ${homeIpv6(1)}`],
      this.homeClients.namespace,
    );
  }

  async #attach(name: string, bridge: string, addresses: readonly [string, string]): Promise<FieldHost> {
    const namespace = await this.#namespaces.add(name);
    const mac = await this.#connect(namespace, bridge, addresses);
    return new FieldHost(name, namespace, ...addresses, mac);
  }

  /** A cable from a namespace to a bridge; the interface has the bridge's name. */
  async #connect(namespace: string, bridge: string, [ipv4, ipv6]: readonly [string, string]): Promise<string> {
    const number = this.#nextMac++;
    const mac = this.#mac(number);
    await ipBatch(
      [
        `link add ${bridge}${number} type veth peer name ${bridge} address ${mac} netns ${namespace}`,
        `link set ${bridge}${number} master ${bridge} up`,
      ],
      this.#switch,
    );
    await ipBatch(
      [`addr add ${ipv4}/24 dev ${bridge}`, `addr add ${ipv6}/64 dev ${bridge} nodad`, `link set ${bridge} up`],
      namespace,
    );
    return mac;
  }

  async #attachOutside(): Promise<void> {
    await ipBatch([
      `link add ${this.#outside} address ${this.#mac(0)} type veth peer name outside netns ${this.#switch}`,
      ...[1, 3, 4].map((host) => `addr add ${this.coreIpv4(host)}/24 dev ${this.#outside}`),
      `addr add ${this.coreIpv6(1)}/64 dev ${this.#outside} nodad`,
      `link set ${this.#outside} up`,
    ]);
    await ipBatch(['link set outside master core up'], this.#switch);
  }

  #mac(number: number): string {
    return `02:fd:00:00:${this.#subnet.toString(16).padStart(2, '0')}:${number.toString(16).padStart(2, '0')}`;
  }
}

async function forwards(host: FieldHost): Promise<void> {
  await host.exec('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
}

/** A third octet that no interface of this machine has: several fields can be up at a time. */
async function freeSubnet(): Promise<number> {
  const { stdout } = await run('ip', ['-4', '-o', 'addr', 'show']);
  const first = process.pid % 250;
  for (let offset = 0; offset < 250; offset += 1) {
    const subnet = (first + offset) % 250;
    if (!stdout.includes(` 10.201.${subnet}.`)) return subnet;
  }
  throw new Error('every network of 10.201.0.0/16 is taken on this machine');
}
