import { openUdpPort, type TransportEvents, type UdpAddonResult, type UdpChoice } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { Listeners } from './listeners.js';

const events: TransportEvents = { message() {}, malformed() {}, flowClosed() {}, sendFailed() {} };
const opened: Listeners[] = [];

async function open(choice: UdpChoice, openUdp: typeof openUdpPort = openUdpPort): Promise<Listeners> {
  const listeners = new Listeners();
  opened.push(listeners);
  const udp = { choice, gatherMs: 1 };
  await listeners.open({ host: '127.0.0.1', port: 0, advertisedHost: undefined, udp, events, openUdp });
  return listeners;
}

const missing = (): UdpAddonResult => ({ kind: 'missing', reason: 'the test took it away' });
const withoutAddon: typeof openUdpPort = (options, choice) => openUdpPort(options, choice, missing);

afterEach(async () => {
  for (const listeners of opened.splice(0)) await listeners.close();
});

describe('Listeners', () => {
  it('listens on one port for UDP and TCP', async () => {
    const { ports } = await open('auto');
    expect(ports.TCP.address).toEqual(ports.UDP.address);
  });

  it('says which UDP socket runs, and of a fallback why', async () => {
    expect((await open('dgram', withoutAddon)).udpDescription).toBe('dgram');
    expect((await open('auto', withoutAddon)).udpDescription).toBe(
      'dgram (no add-on for batches: the test took it away)',
    );
  });

  it('names the setting where the asked socket needs an add-on that is missing', async () => {
    await expect(open('batched', withoutAddon)).rejects.toMatchObject({
      message:
        'RINGDOWN_UDP is batched, but the batched UDP port has no add-on: the test took it away. Build again where there is one, or set RINGDOWN_UDP to auto.',
      details: { setting: 'RINGDOWN_UDP' },
    });
  });
});
