import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { HostPort } from '@ringdown/sip-transport';

/** A way to one rtpengine: datagrams there and back. */
export interface NgChannel {
  send(datagram: string): void;
  close(): void;
}

export interface NgChannelEvents {
  received(datagram: string): void;
  /** The far end can't be reached now: nothing listens there, or its name is not known. */
  failed(error: Error): void;
}

export type OpenNgChannel = (to: HostPort, events: NgChannelEvents) => NgChannel;

/** A connected UDP socket: the kernel tells when nobody listens any more, and lets nobody else answer. */
export const openUdpChannel: OpenNgChannel = (to, events) => {
  const socket = createSocket(isIPv6(to.host) ? 'udp6' : 'udp4');
  const early: string[] = [];
  let state: 'opening' | 'open' | 'closed' = 'opening';
  const write = (datagram: string): void =>
    socket.send(datagram, (error) => {
      if (error !== null && state !== 'closed') events.failed(error);
    });
  socket.on('message', (datagram) => events.received(datagram.toString()));
  socket.on('error', (error) => events.failed(error));
  socket.on('connect', () => {
    state = 'open';
    for (const datagram of early.splice(0)) write(datagram);
  });
  socket.connect(to.port, to.host);
  return {
    send: (datagram) => {
      if (state === 'opening') early.push(datagram);
      else if (state === 'open') write(datagram);
    },
    close: () => {
      if (state === 'closed') return;
      state = 'closed';
      socket.close();
    },
  };
};
