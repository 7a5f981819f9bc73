import { newSipLinkCounters, type SipLinkClass, type SipLinkCounters } from '@ringdown/sip-transport';

/** What went over SipLink since the start, by whom it was with: streams come and go, their counts stay. */
export class LinkTraffic {
  readonly #counters = new Map<string, Record<SipLinkClass, SipLinkCounters>>();

  /** `peer`: the name of a service, or `edge`. */
  with(peer: string): Readonly<Record<SipLinkClass, SipLinkCounters>> {
    const known = this.#counters.get(peer);
    if (known !== undefined) return known;
    const counters = { calls: newSipLinkCounters(), registrations: newSipLinkCounters() };
    this.#counters.set(peer, counters);
    return counters;
  }

  *entries(): Iterable<readonly [peer: string, linkClass: SipLinkClass, counters: SipLinkCounters]> {
    for (const [peer, { calls, registrations }] of this.#counters) {
      yield [peer, 'calls', calls];
      yield [peer, 'registrations', registrations];
    }
  }
}
