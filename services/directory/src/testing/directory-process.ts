import {
  type BusMessage,
  createServiceContext,
  GrpcServer,
  Health,
  HttpServer,
  InProcessBus,
  type Logger,
  readSettings,
  type ServiceContext,
  silentLogger,
} from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { ADMIN_TOKEN } from '@ringdown/testkit';
import { createDirectory, type RunningDirectory } from '../create-directory.js';

/** A process that runs the directory alone, on ports of its own. */
export interface DirectoryProcess {
  readonly directory: RunningDirectory;
  readonly context: ServiceContext;
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly grpcPort: number;
  readonly server: HttpServer;
  /** What was published, in order. */
  readonly published: readonly BusMessage[];
  stop(): Promise<void>;
}

export { ADMIN_TOKEN, ask, type RestAnswer, type RestRequest } from '@ringdown/testkit';

export async function startDirectoryProcess(
  postgresUrl: string,
  options: { readonly logger?: Logger } = {},
): Promise<DirectoryProcess> {
  const read = readSettings({ RINGDOWN_ADMIN_TOKEN: ADMIN_TOKEN });
  if (read.kind !== 'settings') throw new Error('the test settings are wrong');
  const logger = options.logger ?? silentLogger();
  const health = new Health();
  const bus = new InProcessBus({ logger });
  const grpc = new GrpcServer({ logger });
  const context = await createServiceContext(
    { settings: read.settings, logger, health, bus, grpc, postgresUrl },
    'directory',
  );
  const published: BusMessage[] = [];
  bus.subscribe('ringdown.v1.*.directory.*', (message) => void published.push(message));
  const directory = await createDirectory(context);
  const server = await HttpServer.create({
    logger,
    health,
    registries: () => [context.metrics],
    parts: [restPart([directory.rest], { adminToken: ADMIN_TOKEN, logger })],
  });
  const http = await server.listen({ host: '127.0.0.1', port: 0 });
  const at = await grpc.listen({ host: '127.0.0.1', port: 0 });
  return {
    directory,
    context,
    url: `http://127.0.0.1:${http.port}`,
    grpcPort: at.port,
    server,
    published,
    async stop() {
      await server.stop();
      await directory.drain(1000);
      await grpc.drain(1000);
      await directory.stop();
      await bus.close();
    },
  };
}
