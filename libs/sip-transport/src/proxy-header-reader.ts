import { BlockList, isIP, type Socket } from 'node:net';
import { type ProxyHeader, readProxyHeader } from './proxy-header.js';
import type { StreamLimits } from './stream-limits.js';

/** How the reading of a header ended. */
export type ProxyHeaderRead = Exclude<ProxyHeader, { kind: 'incomplete' }>;

/** Reads the PROXY headers of connections from known balancers; what follows a header stays in its socket. */
export class ProxyHeaderReader {
  readonly #balancers: BlockList;
  readonly #timeoutMs: number;
  readonly #reading = new Set<Socket>();

  /** Throws a RangeError that names the range that is none. */
  constructor(ranges: readonly string[], limits: StreamLimits) {
    this.#balancers = balancerRanges(ranges);
    this.#timeoutMs = limits.proxyHeaderTimeoutMs;
  }

  /** Whether connections from this address begin with a header. */
  expects(host: string): boolean {
    return this.#balancers.check(host, host.includes(':') ? 'ipv6' : 'ipv4');
  }

  /** Tells once how it ended; not at all when the socket closes before. */
  read(socket: Socket, ended: (read: ProxyHeaderRead) => void): void {
    let bytes = Buffer.alloc(0);
    const finish = (read: ProxyHeaderRead): void => {
      clearTimeout(deadline);
      this.#reading.delete(socket);
      socket.off('readable', readable);
      socket.off('close', closed);
      ended(read);
    };
    const readable = (): void => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        bytes = Buffer.concat([bytes, chunk]);
        const header = readProxyHeader(bytes);
        if (header.kind === 'incomplete') continue;
        if (header.kind === 'header' && bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes));
        finish(header);
        return;
      }
      if (socket.readableEnded) finish({ kind: 'malformed', reason: 'the connection ended' });
    };
    const closed = (): void => {
      clearTimeout(deadline);
      this.#reading.delete(socket);
    };
    const deadline = setTimeout(() => finish({ kind: 'malformed', reason: 'late' }), this.#timeoutMs);
    this.#reading.add(socket);
    socket.on('close', closed);
    socket.on('readable', readable);
  }

  /** Closes the connections whose headers aren't there yet. */
  close(): void {
    for (const socket of this.#reading) socket.destroy();
  }
}

/** Throws a RangeError that names the range that is none. */
function balancerRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [host = '', length, more] = range.split('/');
    const version = isIP(host);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const bits = length === undefined ? undefined : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    const inRange = bits === undefined || (bits >= 0 && bits <= (version === 6 ? 128 : 32));
    if (version === 0 || more !== undefined || !inRange)
      throw new RangeError(`${range} is no range of addresses such as 10.0.0.0/8 or 2001:db8::/32`);
    if (bits === undefined) list.addAddress(host, family);
    else list.addSubnet(host, bits, family);
  }
  return list;
}
