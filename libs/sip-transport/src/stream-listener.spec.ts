import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TcpPort } from './tcp-port.js';
import { RecordedEvents } from './testing/recorded-events.js';

describe('a wave of connections', () => {
  it('is accepted one in a turn of the event loop, so that it never stands before what else has come', async () => {
    const port = await TcpPort.open({ host: '127.0.0.1', port: 0, events: new RecordedEvents() });
    const clients = Array.from({ length: 50 }, () => connect(port.address.port, '127.0.0.1'));
    const acceptedByTurn: number[] = [];
    for (let before = 0; before < clients.length; before = port.counters.accepted) {
      await new Promise((resolve) => setImmediate(resolve));
      acceptedByTurn.push(port.counters.accepted - before);
    }
    expect(Math.max(...acceptedByTurn)).toBe(1);
    for (const client of clients) client.destroy();
    await Promise.all(clients.map((client) => once(client, 'close')));
    await port.close();
  });
});
