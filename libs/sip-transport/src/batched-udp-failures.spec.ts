import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchedUdpPort } from './batched-udp-port.js';
import { eventually } from './testing/eventually.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { udpAddon } from './testing/udp-kinds.js';
import { loadUdpAddon, type UdpAddon } from './udp-addon.js';

const native = fileURLToPath(new URL('../native', import.meta.url));
const eagain = 11;
const eintr = 4;
const enobufs = 105;
const econnrefused = 111;

// The add-on compiled with system calls that fail where a datagram says so (native/testing/failing-calls.c). With CI=true another
// spec fails where there is no add-on, and so no compiler.
describe.runIf(udpAddon !== undefined)('BatchedUdpPort where system calls fail', () => {
  const ports: BatchedUdpPort[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'udp-failures-'));
  let addon: UdpAddon;

  function open(events: RecordedEvents): BatchedUdpPort {
    const port = BatchedUdpPort.open(addon, { host: '127.0.0.1', port: 0, events });
    ports.push(port);
    return port;
  }

  function openPair() {
    const here = new RecordedEvents();
    const there = new RecordedEvents();
    const a = open(here);
    const b = open(there);
    return { here, there, a, b, flow: a.flowTo(b.address) };
  }

  beforeAll(() => {
    const output = join(folder, 'failing.node');
    const renamed = ['-Drecvmmsg=failing_recvmmsg', '-Dsendmmsg=failing_sendmmsg'];
    execFileSync('sh', [join(native, 'compile.sh'), output, ...renamed, join(native, 'testing/failing-calls.c')]);
    const loaded = loadUdpAddon(output);
    if (loaded.kind === 'missing') throw new Error(loaded.reason);
    addon = loaded.addon;
  }, 30_000);

  afterEach(async () => {
    for (const port of ports.splice(0)) await port.close();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('waits where the socket has no room, and keeps the order', async () => {
    const { here, there, flow, a } = openPair();
    const sent = ['first', `fail:${eagain}:second`, 'third', `fail:${eagain}:fourth`, `fail:${eintr}:fifth`, 'sixth'];
    for (const raw of sent) expect(flow.send(raw)).toBe(true);
    await eventually(() => expect(there.messages).toHaveLength(6));
    expect(there.messages).toEqual(sent.map((raw) => raw.replace('fail', 'past')));
    expect(here.all).toEqual([]);
    expect(a.counters).toMatchObject({ sent: 6, sendErrors: 0 });
  });

  it('puts what is sent meanwhile behind what waits', async () => {
    const { here, there, a, b, flow } = openPair();
    flow.send(`never:${eagain}:waits for ever`);
    await eventually(() => expect(a.batches.sends).toBeGreaterThan(1));
    flow.send('behind it');
    b.flowTo(a.address).send('from elsewhere');
    await eventually(() => expect(here.messages).toEqual(['from elsewhere']));
    expect(there.messages).toEqual([]);
  });

  it('refuses more than the area holds while the socket has no room', async () => {
    const { a, flow } = openPair();
    flow.send(`never:${eagain}:waits for ever`);
    await eventually(() => expect(a.batches.sends).toBeGreaterThan(1));
    const results = Array.from({ length: 300 }, (_, i) => flow.send(`message ${i}`));
    expect(results.filter((taken) => taken)).toHaveLength(255);
    expect(results.slice(0, 255)).not.toContain(false);
    expect(a.counters).toMatchObject({ sent: 256, sendErrors: 45 });
  });

  it('tells of the one datagram that was refused in the middle of a batch', async () => {
    const { here, there, flow } = openPair();
    for (const raw of ['first', `never:${enobufs}:second`, 'third']) flow.send(raw);
    await eventually(() => expect(there.messages).toEqual(['first', 'third']));
    await eventually(() => expect(here.all).toMatchObject([{ type: 'sendFailed', error: { code: 'ENOBUFS' } }]));
  });

  it('reads on behind an error that an earlier datagram brought', async () => {
    const events = new RecordedEvents();
    const port = open(events);
    // node:dgram sends it as it is; the failing call takes it away, as the kernel takes away an error that it has told.
    const phone = createSocket('udp4');
    for (const raw of ['first', `fail:${econnrefused}:never seen`, `fail:${eintr}:never seen`, 'second'])
      phone.send(raw, port.address.port, '127.0.0.1');
    await eventually(() => expect(events.messages).toEqual(['first', 'second']));
    expect(port.batches.readErrors).toBe(1);
    phone.close();
  });
});
