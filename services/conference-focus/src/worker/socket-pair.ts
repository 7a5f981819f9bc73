import type { DatagramReader, MediaSocket, OpenMediaSocket } from './media-socket.js';
import type { PortPairs } from './port-range.js';

/** The sockets of one stream: RTP, and RTCP on the port after it. */
export interface SocketPair {
  readonly port: number;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
}

/** Binds the next pair of ports that nobody has. Rejects with a sentence where none is free, and with Node's error where the address isn't ours. */
export async function openSocketPair(
  open: OpenMediaSocket,
  host: string,
  pairs: PortPairs,
  readers: { readonly rtp: DatagramReader; readonly rtcp: DatagramReader },
): Promise<SocketPair> {
  for (let tries = pairs.size; tries > 0; tries--) {
    const port = pairs.next();
    const rtp = await open(host, port, readers.rtp);
    if (rtp === undefined) continue;
    try {
      const rtcp = await open(host, port + 1, readers.rtcp);
      if (rtcp !== undefined) return { port, rtp, rtcp };
    } catch (error) {
      await rtp.close();
      throw error;
    }
    await rtp.close();
  }
  throw new Error('No port for media is free: RINGDOWN_FOCUS_MEDIA_PORTS names too few for so many members');
}

/** Resolves when both ports are free. */
export async function closeSocketPair({ rtp, rtcp }: SocketPair): Promise<void> {
  await Promise.all([rtp.close(), rtcp.close()]);
}
