import { createServer, type Server as TcpServer } from 'node:net';
import { location } from '@ringdown/contracts';
import { GrpcChannel, type GrpcChannelOptions } from '../grpc-channel.js';
import { createClient, type GrpcClientOptions } from '../grpc-client.js';
import { GrpcServer, type GrpcServerOptions, type RegisterOptions, registerService } from '../grpc-server.js';
import { silentLogger } from '../logger.js';
import { ServiceError } from '../service-error.js';
import type { Endpoint } from '../setting-values.js';

/** Methods of the location service that a test answers; the others are unimplemented. */
export type Answers = Partial<location.LocationService>;

export function locationService(answers: Answers): location.LocationService {
  const missing = async () => {
    throw new ServiceError('unimplemented', 'Not in this test');
  };
  return {
    bind: missing,
    unbind: missing,
    lookup: missing,
    list: missing,
    renewLease: missing,
    endLease: missing,
    async *watch() {
      yield await missing();
    },
    ...answers,
  };
}

/** Servers and clients of a test, all ended by `end`. */
export class GrpcWorld {
  readonly #cleanups: (() => unknown)[] = [];

  async serve(
    answers: Answers,
    options: RegisterOptions & Pick<GrpcServerOptions, 'credentials'> = {},
    at: Endpoint = { host: '127.0.0.1', port: 0 },
  ) {
    const { credentials } = options;
    const server = new GrpcServer({ logger: silentLogger(), ...(credentials === undefined ? {} : { credentials }) });
    registerService(server, location.LocationDefinition, locationService(answers), options);
    const address = await server.listen(at);
    this.#cleanups.push(() => server.stop());
    return { server, address };
  }

  connect(
    addresses: readonly Endpoint[],
    options: GrpcClientOptions & Pick<GrpcChannelOptions, 'credentials' | 'serverName' | 'lookup'> = {},
  ) {
    const { credentials, serverName, lookup } = options;
    const channel = new GrpcChannel({
      addresses,
      ...(credentials === undefined ? {} : { credentials }),
      ...(serverName === undefined ? {} : { serverName }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    this.#cleanups.push(() => channel.close());
    return { channel, client: createClient(location.LocationDefinition, channel, options) };
  }

  /** Accepts connections and never answers. */
  async silentPeer(): Promise<Endpoint> {
    const peer: TcpServer = createServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
    this.#cleanups.push(() => peer.close());
    const address = peer.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    return { host: '127.0.0.1', port: address.port };
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).toReversed()) await cleanup();
  }
}
