import { Sipp, sippRow } from '@ringdown/testbed';
import { pin } from '../measure/cores.js';
import type { System } from '../systems/system.js';
import { ownScenario } from './scenario.js';
import { tolerant } from './tolerant.js';

const registrationsPerSec = 200;

/** Phones on a few ports that answer whatever system calls them. */
export class Callees {
  readonly #sipps: Sipp[] = [];

  /** `ports`: one sipp for each. */
  constructor(private readonly ports: readonly number[]) {}

  /**
   * Registers every subscriber with a system, from the port at which it answers later, which must be before `open`. The subscribers take turns
   * at the ports; `proxyOf` says where those at the port with an index register.
   */
  async register(
    { domain }: System,
    proxyOf: (port: number) => string,
    phones: readonly (readonly [username: string, password: string])[],
    core: number,
  ): Promise<void> {
    const registering = this.ports.map((port, index) => {
      const rows = phones
        .filter((_, position) => position % this.ports.length === index)
        .map(([username, password]) => sippRow(username, password, domain));
      const proxy = proxyOf(index);
      return Sipp.start({ scenario: ownScenario('register.xml'), proxy, rows, port, callsPerSec: registrationsPerSec });
    });
    for (const sipp of registering) pin(sipp.pid, core);
    try {
      await Promise.all(
        registering.map((sipp) => sipp.finished((phones.length / registrationsPerSec) * 1_000 + 20_000)),
      );
    } finally {
      await Promise.all(registering.map((sipp) => sipp.stop()));
    }
  }

  /** Begins to answer. */
  open(core: number): void {
    for (const port of this.ports) {
      // It answers whoever asks and sends nothing of its own, so any address serves as the remote one.
      const sipp = Sipp.start({ scenario: 'callee.xml', proxy: '127.0.0.1', port, further: tolerant });
      pin(sipp.pid, core);
      this.#sipps.push(sipp);
    }
  }

  /** Process ids. */
  get pids(): readonly number[] {
    return this.#sipps.map((sipp) => sipp.pid);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sipps.map((sipp) => sipp.stop()));
  }
}
