import type { Place } from './field-host.js';
import type { FieldNetwork } from './field-network.js';

interface Fault {
  readonly from: Place;
  readonly to: Place;
  readonly lossPercent: number;
}

/** What is wrong with the network: frames that the switch drops on their way from one place to another. */
export class Faults {
  readonly #network: FieldNetwork;
  #faults: readonly Fault[] = [];

  constructor(network: FieldNetwork) {
    this.#network = network;
  }

  /** Nothing gets from one place to the other; the other direction is as it was. */
  async cut(from: Place, to: Place): Promise<void> {
    await this.lose(from, to, 100);
  }

  /** Nothing gets through in either direction. */
  async partition(one: Place, other: Place): Promise<void> {
    await this.cut(one, other);
    await this.cut(other, one);
  }

  /** So many percent of the frames from one place to the other are lost, at random. */
  async lose(from: Place, to: Place, lossPercent: number): Promise<void> {
    await this.#set([...this.#faults, { from, to, lossPercent }]);
  }

  /** Everything gets through again. */
  async heal(): Promise<void> {
    await this.#set([]);
  }

  async #set(faults: readonly Fault[]): Promise<void> {
    this.#faults = faults;
    await this.#network.setSwitchRules(faults.map(ruleOf));
  }
}

function ruleOf({ from, to, lossPercent }: Fault): string {
  const matches = [`ether saddr ${from.mac}`, `ether daddr ${to.mac}`];
  if (from.onlyIpv4 !== undefined) matches.push(`ip saddr ${from.onlyIpv4}`);
  if (to.onlyIpv4 !== undefined) matches.push(`ip daddr ${to.onlyIpv4}`);
  if (lossPercent < 100) matches.push(`numgen random mod 100 < ${lossPercent}`);
  return `${matches.join(' ')} drop`;
}
