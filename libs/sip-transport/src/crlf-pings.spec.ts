import { afterEach, describe, expect, it } from 'vitest';
import type { StreamPort } from './stream-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { openStream } from './testing/stream-kinds.js';

const ports: StreamPort[] = [];

afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

describe.each(['TCP', 'TLS'] as const)('CRLF pings over %s', (kind) => {
  async function open(events: RecordedEvents, pingIntervalMs: number, idleTimeoutMs: number): Promise<StreamPort> {
    const limits = { lingerMs: 50, pingIntervalMs, pongTimeoutMs: 2_000, idleTimeoutMs };
    const port = await openStream(kind, { host: '127.0.0.1', port: 0, events, limits });
    ports.push(port);
    return port;
  }

  it('keep a connection that this side opened from being idle', async () => {
    const [here, there] = [new RecordedEvents(), new RecordedEvents()];
    const port = await open(here, 100, 1_000);
    const other = await open(there, 0, 1_000);
    const flow = port.flowTo(other.address);
    await eventually(() => expect(other.size).toBe(1));
    const sinceMs = performance.now();
    await eventually(() => expect(performance.now() - sinceMs).toBeGreaterThan(1_500));
    expect(flow.closed).toBe(false);
    expect([...here.all, ...there.all]).toEqual([]);
  });

  it('are the business of the side that opened it', async () => {
    const [here, there] = [new RecordedEvents(), new RecordedEvents()];
    const port = await open(here, 0, 60);
    const other = await open(there, 15, 60);
    port.flowTo(other.address);
    await eventually(() => expect(here.closings).toHaveLength(1));
    expect(['idle', 'peer-closed']).toContain(here.closings[0]);
  });
});
