import type { SipLinkConnector, SipLinkFlow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceLinks } from './service-links.js';

class Connector implements SipLinkConnector {
  readonly flow: SipLinkFlow;
  connected = true;
  closed = false;

  constructor(
    name: string,
    readonly linkClass: 'calls' | 'registrations',
  ) {
    this.flow = { peer: { name, incarnation: '' } } as Partial<SipLinkFlow> as SipLinkFlow;
  }

  start(): void {}
  whenConnected(): Promise<SipLinkFlow> {
    return Promise.resolve(this.flow);
  }
  close(): void {
    this.closed = true;
  }
}

describe('ServiceLinks', () => {
  let links: ServiceLinks;
  let made: Connector[];

  function add(name: string): () => void {
    return links.add('registrar', (linkClass) => {
      const connector = new Connector(name, linkClass);
      made.push(connector);
      return connector;
    });
  }

  /** Whom so many requests in a row go to. */
  function asked(method: string, times = 4): readonly string[] {
    const names = Array.from({ length: times }, () => links.flow('registrar', method)?.peer.name ?? 'nobody');
    return [...new Set(names)].sort();
  }

  beforeEach(() => {
    vi.useFakeTimers();
    links = new ServiceLinks();
    made = [];
  });
  afterEach(() => vi.useRealTimers());

  it('takes in turn those whose stream stands, calls and registrations apart', () => {
    add('a');
    add('b');
    expect([asked('REGISTER'), asked('INVITE')]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    for (const connector of made)
      connector.connected = connector.linkClass === 'calls' || connector.flow.peer.name === 'b';
    expect([asked('REGISTER'), asked('INVITE')]).toEqual([['b'], ['a', 'b']]);
  });

  it('gives nothing new to an instance that is gone, and closes its streams when nobody can wait for an answer any more', () => {
    const gone = add('a');
    add('b');
    gone();
    expect([asked('REGISTER'), asked('INVITE')]).toEqual([['b'], ['b']]);
    vi.advanceTimersByTime(34_999);
    expect(made.map(({ closed }) => closed)).toEqual([false, false, false, false]);
    vi.advanceTimersByTime(1);
    expect(made.map(({ closed }) => closed)).toEqual([true, true, false, false]);
  });

  it('closes all of them at the end', () => {
    add('a')();
    add('b');
    links.close();
    expect(made.every(({ closed }) => closed)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
