import { BatchedUdpPort, type BatchedUdpPortOptions } from './batched-udp-port.js';
import type { DatagramPort } from './datagram-port.js';
import { loadUdpAddon, type UdpAddonResult } from './udp-addon.js';
import { UdpPort } from './udp-port.js';

/** Which UDP port is asked for: `auto` is the batched one where its add-on is there, and otherwise node:dgram. */
export const udpChoices = ['auto', 'batched', 'dgram'] as const;
export type UdpChoice = (typeof udpChoices)[number];

/** A port that was asked for as `batched`, while the add-on isn't there. The message says why. */
export class UdpAddonMissing extends Error {
  override readonly name = 'UdpAddonMissing';
}

export interface OpenedUdpPort {
  readonly port: DatagramPort;
  /** Why it isn't batched, where nobody asked for that; goes behind a colon. */
  readonly fallbackReason: string | undefined;
}

/**
 * Opens the UDP port that is asked for. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't bind, with
 * UdpAddonMissing when it must be batched and can't be.
 */
export async function openUdpPort(
  options: BatchedUdpPortOptions,
  choice: UdpChoice = 'auto',
  load: () => UdpAddonResult = loadUdpAddon,
): Promise<OpenedUdpPort> {
  if (choice === 'dgram') return { port: await UdpPort.open(options), fallbackReason: undefined };
  const loaded = load();
  if (loaded.kind === 'loaded') return { port: BatchedUdpPort.open(loaded.addon, options), fallbackReason: undefined };
  if (choice === 'auto') return { port: await UdpPort.open(options), fallbackReason: loaded.reason };
  throw new UdpAddonMissing(`the batched UDP port has no add-on: ${loaded.reason}`);
}
