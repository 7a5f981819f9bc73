import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Flow } from '@ringdown/sip-transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { hepChunks } from '../../testing/hep-chunks.js';
import { HepExporter } from './hep-exporter.js';

const flow = {
  transport: 'TLS',
  local: { host: '192.0.2.1', port: 5061 },
  remote: { host: '198.51.100.7', port: 41_000 },
} as Flow;
const raw = 'BYE sip:a SIP/2.0\r\nCall-ID: a@b\r\nAuthorization: Digest response="abc"\r\n\r\n';
const agent = { id: 1, nodeName: 'edge-1', password: undefined };

let server: Socket;
let got: Buffer[];
let exporter: HepExporter;
const failures: unknown[] = [];

beforeEach(async () => {
  server = createSocket('udp4');
  got = [];
  failures.length = 0;
  server.on('message', (packet) => got.push(packet));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  exporter.close();
  server.close();
});

async function exporterTo(host: string, port: number): Promise<void> {
  exporter = new HepExporter({
    server: { host, port },
    agent,
    clock: { nowUs: () => 1_000_000, correct: () => undefined },
    failed: (error) => void failures.push(error),
    succeeded: () => undefined,
  });
}

describe('HepExporter', () => {
  it('sends what comes and goes, with addresses in the way that it went, without secrets and SipLink', async () => {
    await exporterTo('127.0.0.1', server.address().port);
    // Before the name is looked up there is nowhere to send to.
    exporter.sent(raw, flow);
    expect(exporter.counters.dropped).toBe(1);
    await eventually('a packet', () => {
      exporter.received(raw, flow);
      return got.length > 0;
    });
    exporter.sent(raw, { ...flow, transport: 'SIPLINK' } as Flow);
    const before = got.length;
    exporter.sent(raw, flow);
    await eventually(
      'the packet of what was sent',
      () => got.length > before && hepChunks(got.at(-1)!).get(7)?.readUInt16BE() === 5061,
    );
    const [received, sent] = [hepChunks(got[0]!), hepChunks(got.at(-1)!)];
    expect([received.get(7), received.get(8)].map((port) => port?.readUInt16BE())).toEqual([41_000, 5_061]);
    expect(sent.get(4)?.join('.')).toBe('198.51.100.7');
    expect(received.get(15)?.toString()).toBe(raw.replace('abc', '***'));
    expect(received.get(17)?.toString()).toBe('a@b');
    expect(got.every((packet) => hepChunks(packet).get(2)?.[0] === 6)).toBe(true);
  });

  it('drops what it cannot send, beyond two thousand that wait', async () => {
    await exporterTo('127.0.0.1', server.address().port);
    await eventually('a packet', () => {
      exporter.received(raw, flow);
      return got.length > 0;
    });
    const { dropped } = exporter.counters;
    for (let i = 0; i < 5_000; i++) exporter.received(raw, flow);
    expect(exporter.counters.dropped - dropped).toBeGreaterThanOrEqual(3_000);
    await eventually('two thousand are sent', () => exporter.counters.sent >= 2_000);
  });

  it('goes on where nobody listens, and where the name is not known', async () => {
    const { port } = server.address();
    await exporterTo('127.0.0.1', port === 65_535 ? 1 : port + 1);
    await eventually('a packet', () => {
      exporter.received(raw, flow);
      return exporter.counters.sent > 0;
    });
    exporter.close();
    await exporterTo('no-such-host.invalid', 9_060);
    await eventually('the failure is told', () => failures.length > 0);
    exporter.received(raw, flow);
    expect(exporter.counters).toEqual({ sent: 0, dropped: 1 });
  });
});
