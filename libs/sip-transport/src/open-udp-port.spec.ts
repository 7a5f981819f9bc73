import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { DatagramPort } from './datagram-port.js';
import { openUdpPort, UdpAddonMissing, type UdpChoice } from './open-udp-port.js';
import { RecordedEvents } from './testing/recorded-events.js';
import { udpAddon } from './testing/udp-kinds.js';
import { loadUdpAddon, type UdpAddonResult } from './udp-addon.js';

const ports: DatagramPort[] = [];
const missing = (): UdpAddonResult => ({ kind: 'missing', reason: 'the test took it away' });

async function open(choice: UdpChoice, load?: () => UdpAddonResult) {
  const opened = await openUdpPort({ host: '127.0.0.1', port: 0, events: new RecordedEvents() }, choice, load);
  ports.push(opened.port);
  return { kind: opened.port.kind, fallbackReason: opened.fallbackReason };
}

afterEach(async () => {
  for (const port of ports.splice(0)) await port.close();
});

it('finds the add-on in CI, which has a compiler', () => {
  const { CI } = process.env;
  expect(CI !== 'true' || udpAddon !== undefined).toBe(true);
});

it('takes the batched port where the add-on is there, and otherwise node:dgram', async () => {
  expect(await open('auto')).toMatchObject({ kind: udpAddon === undefined ? 'dgram' : 'batched' });
  expect(await open('auto', missing)).toEqual({ kind: 'dgram', fallbackReason: 'the test took it away' });
});

it('takes node:dgram when that is asked for, and calls it no fallback', async () => {
  expect(await open('dgram')).toEqual({ kind: 'dgram', fallbackReason: undefined });
});

it('rejects rather than fall back when the batched port is asked for', async () => {
  const refused = open('batched', missing);
  await expect(refused).rejects.toBeInstanceOf(UdpAddonMissing);
  await expect(refused).rejects.toThrow('the batched UDP port has no add-on: the test took it away');
});

it('says why an add-on is missing or broken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'udp-addon-'));
  try {
    const broken = join(folder, 'broken.node');
    writeFileSync(broken, 'not a shared object');
    expect(loadUdpAddon(join(folder, 'none.node'))).toEqual({
      kind: 'missing',
      reason: "it isn't built, which takes a C compiler (Debian: gcc libc6-dev)",
    });
    expect(loadUdpAddon(broken)).toMatchObject({ kind: 'missing', reason: expect.stringContaining("can't be loaded") });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
