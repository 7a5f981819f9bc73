import type { BatchedUdpPortOptions } from '../batched-udp-port.js';
import type { DatagramPort } from '../datagram-port.js';
import { openUdpPort, type UdpChoice } from '../open-udp-port.js';
import { loadUdpAddon, type UdpAddon } from '../udp-addon.js';

const loaded = loadUdpAddon();

/** The add-on, where it was built. */
export const udpAddon: UdpAddon | undefined = loaded.kind === 'loaded' ? loaded.addon : undefined;

/** The kinds of port that can be opened here. With CI=true a spec fails where one is missing. */
export const udpKinds: readonly Exclude<UdpChoice, 'auto'>[] =
  udpAddon === undefined ? ['dgram'] : ['dgram', 'batched'];

export async function openUdp(kind: UdpChoice, options: BatchedUdpPortOptions): Promise<DatagramPort> {
  return (await openUdpPort(options, kind)).port;
}
