import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { openUdpPort, type TransportEvents, type UdpAddonResult, type UdpChoice } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { listenersOf } from '../../testing/listeners-of.js';
import { ListenerCertificates } from './listener-certificates.js';
import { Listeners } from './listeners.js';

const events: TransportEvents = { message() {}, malformed() {}, flowClosed() {}, sendFailed() {} };
const opened: Listeners[] = [];
const certificates = new ListenerCertificates({ sources: undefined, caPath: undefined, report: () => undefined });

async function open(
  text: string,
  choice: UdpChoice = 'auto',
  openUdp: typeof openUdpPort = openUdpPort,
): Promise<Listeners> {
  const listeners = new Listeners();
  opened.push(listeners);
  const udp = { choice, gatherMs: 1 };
  await listeners.open({ listeners: listenersOf(text), udp, events, openUdp, certificates });
  return listeners;
}

const missing = (): UdpAddonResult => ({ kind: 'missing', reason: 'the test took it away' });
const withoutAddon: typeof openUdpPort = (options, choice) => openUdpPort(options, choice, missing);
const pair = 'udp://127.0.0.1:0,tcp://127.0.0.1:0';
const bothFamilies = `${pair},udp://[::1]:0,tcp://[::1]:0`;

afterEach(async () => {
  for (const listeners of opened.splice(0)) await listeners.close();
});

describe('Listeners', () => {
  it('listens on one port for UDP and TCP of a host', async () => {
    const { all } = await open(bothFamilies);
    const addresses = all.map(({ port }) => port.address);
    expect(addresses[0]).toEqual(addresses[1]);
    expect(addresses[2]).toEqual(addresses[3]);
    expect(addresses[0]?.host).toBe('127.0.0.1');
    expect(addresses[2]?.host).toBe('::1');
  });

  it('says which UDP socket runs, and of a fallback why', async () => {
    expect((await open(pair, 'dgram', withoutAddon)).udpDescription).toBe('dgram');
    expect((await open(pair, 'auto', withoutAddon)).udpDescription).toBe(
      'dgram (no add-on for batches: the test took it away)',
    );
    expect((await open('tcp://127.0.0.1:0')).udpDescription).toBeUndefined();
  });

  it('names the setting where the asked socket needs an add-on that is missing', async () => {
    await expect(open(pair, 'batched', withoutAddon)).rejects.toMatchObject({
      message:
        'RINGDOWN_UDP is batched, but the batched UDP port has no add-on: the test took it away. Build again where there is one, or set RINGDOWN_UDP to auto.',
      details: { setting: 'RINGDOWN_UDP' },
    });
  });

  it('names the address and the setting where one is taken, and keeps none open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const listeners = new Listeners();
    opened.push(listeners);
    const wanted = listenersOf(`udp://127.0.0.1:${port},tcp://127.0.0.1:${port}`);
    await expect(
      listeners.open({ listeners: wanted, udp: { choice: 'auto', gatherMs: 1 }, events, certificates }),
    ).rejects.toMatchObject({
      message: `SIP over TCP cannot listen on 127.0.0.1:${port}: the port is taken by another program. Set RINGDOWN_SIP_LISTENERS to another value.`,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it.each([
    ['tcp', 'connections=1'],
    ['ws', 'connections-per-host=1'],
  ])('over %s refuses what is more than %s', async (scheme, bound) => {
    const listeners = await open(`${scheme}://127.0.0.1:0?${bound}`);
    const [stream] = listeners.streams;
    const { host, port } = stream?.port.address ?? { host: '', port: 0 };
    const sockets = [connect(port, host), connect(port, host)];
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(stream?.port.counters.refused).toBe(1);
    for (const socket of sockets) socket.destroy();
  });

  it('sends from the listener of the family', async () => {
    const listeners = await open(bothFamilies);
    const [udp4, tcp4, udp6, tcp6] = listeners.all;
    const v4 = { host: '127.0.0.1', port: 9 };
    const v6 = { host: '::1', port: 9 };
    expect(listeners.udp(v4)?.local).toBe(udp4?.port.address);
    expect(listeners.udp(v6)?.local).toBe(udp6?.port.address);
    for (const [remote, listener] of [
      [v4, tcp4],
      [v6, tcp6],
    ] as const) {
      const flow = listeners.stream('TCP', remote, 'peer.test');
      expect(flow?.local).toBe(listener?.port.address);
      expect(listeners.connection('TCP', flow?.id ?? 0)).toBe(flow);
      expect(listeners.connection('WS', flow?.id ?? 0)).toBeUndefined();
      flow?.close();
    }
    expect(listeners.stream('TLS', v4, 'peer.test')).toBeUndefined();
  });

  it('sends nothing to a family that it doesn’t listen on', async () => {
    const listeners = await open(pair);
    expect(listeners.udp({ host: '::1', port: 9 })).toBeUndefined();
    expect(listeners.stream('TCP', { host: '::1', port: 9 }, 'peer.test')).toBeUndefined();
  });

  it('names UDP listeners only where several have one family', async () => {
    const one = await open(bothFamilies);
    expect(one.datagrams.map(({ port }) => one.nameOf(port.address))).toEqual([undefined, undefined]);
    const several = await open('udp://127.0.0.1:0,udp://127.0.0.2:0?advertise=inner.test,udp://[::1]:0');
    const names = several.datagrams.map(({ port }) => several.nameOf(port.address));
    const [first, second] = several.datagrams.map(({ port }) => port.address.port);
    expect(names).toEqual([`127.0.0.1:${first}`, `inner.test:${second}`, undefined]);
    const remote = { host: '127.0.0.1', port: 9 };
    expect(several.udp(remote, `inner.test:${second}`)?.local.host).toBe('inner.test');
    expect(several.udp(remote, 'of.another.edge:5060')?.local.host).toBe('127.0.0.1');
    expect(several.udp(remote)?.local.host).toBe('127.0.0.1');
  });

  it('knows what is bound behind what is advertised', async () => {
    const listeners = await open('udp://127.0.0.1:0?advertise=sip.test,udp://[::1]:0');
    const [named, six] = listeners.datagrams.map(({ port }) => port.address.port);
    expect(listeners.addresses.map(({ host, port, family }) => [host, port, family])).toEqual([
      ['sip.test', named, 4],
      ['[::1]', six, 6],
    ]);
    expect(listeners.aliases).toEqual([
      { host: '127.0.0.1', port: named },
      { host: '[::1]', port: six },
    ]);
  });
});
