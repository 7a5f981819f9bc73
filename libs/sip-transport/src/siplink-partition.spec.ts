import { connect, createServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { SipLinkAcceptor } from './siplink-acceptor.js';
import { SipLinkClient } from './siplink-client.js';
import { serveSipLink } from './siplink-server.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** Passes bytes on, each way only while it is open; what comes meanwhile is held, as by a network that drops packets. */
class Relay {
  readonly #pairs: (readonly [near: Socket, far: Socket])[] = [];
  readonly #open = { toServer: true, toClient: true };
  port = 0;

  static async to(serverPort: number): Promise<Relay> {
    const relay = new Relay();
    const server = createServer((near) => {
      const far = connect(serverPort, '127.0.0.1');
      relay.#pairs.push([near, far]);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (chunk) => to.write(chunk));
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
      relay.#apply();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    relay.port = address.port;
    ends.push(() => {
      server.close();
      for (const socket of relay.#pairs.flat()) socket.destroy();
    });
    return relay;
  }

  set(open: Partial<{ readonly toServer: boolean; readonly toClient: boolean }>): void {
    Object.assign(this.#open, open);
    this.#apply();
  }

  #apply(): void {
    for (const [near, far] of this.#pairs) {
      if (this.#open.toServer) near.resume();
      else near.pause();
      if (this.#open.toClient) far.resume();
      else far.pause();
    }
  }
}

describe('a SipLink stream under a partition', () => {
  it.each([
    { name: 'of the way there', cut: { toServer: false } },
    { name: 'of the way back', cut: { toClient: false } },
    { name: 'of both ways', cut: { toServer: false, toClient: false } },
  ])('is broken soon, and opened again when it heals: $name', async ({ cut }) => {
    const server = new Server();
    const serverEvents = new RecordedEvents();
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    ends.push(() => server.forceShutdown());
    serveSipLink(server, new SipLinkAcceptor({ events: serverEvents, local: { host: '127.0.0.1', port } }));
    const relay = await Relay.to(port);
    const events = new RecordedEvents();
    const client = new SipLinkClient({
      address: `127.0.0.1:${relay.port}`,
      linkClass: 'calls',
      self: { name: 'edge-1', incarnation: 'a' },
      events,
      keepalive: { everyMs: 100, timeoutMs: 400 },
      minBackoffMs: 5,
      maxBackoffMs: 20,
      connectTimeoutMs: 300,
    });
    ends.push(() => client.close());
    client.start();
    const flow = await client.whenConnected();
    relay.set(cut);
    await eventually(() => expect(events.closings.length).toBeGreaterThanOrEqual(1));
    expect(flow.closed).toBe(true);
    // Attempts under the partition fail, each in its time.
    await eventually(() => expect(events.closings.length).toBeGreaterThanOrEqual(3));
    expect(client.connected).toBe(false);
    relay.set({ toServer: true, toClient: true });
    const healed = await client.whenConnected();
    healed.send('at last');
    await eventually(() => expect(serverEvents.messages).toContain('at last'));
  });
});
