import { openModule, type RunningService, type ServiceContext } from '@ringdown/platform';
import { type SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { RegistrarModule } from './registrar.module.js';
import { type RegistrarDependencies, RegistrarRuntime } from './registrar-runtime.js';

/** The registrar as a service of a process. */
export interface RunningRegistrar extends RunningService {
  /** For edges of the same process (`InProcessSipLinkClient`). */
  readonly acceptor: SipLinkAcceptor;
}

export interface CreateRegistrarOptions extends RegistrarDependencies {
  /** Serve SipLink on the process's gRPC server. Only one service of a process can, so edges of the same process use `acceptor`. */
  readonly overGrpc: boolean;
}

/** Starts a registrar. It needs nothing to start: until location and the directory answer, REGISTER gets 503. */
export async function createRegistrar(
  context: ServiceContext,
  options: CreateRegistrarOptions,
): Promise<RunningRegistrar> {
  const app = await openModule(context, RegistrarModule.register(options));
  const runtime = app.get(RegistrarRuntime);
  if (options.overGrpc) {
    if (context.grpc === undefined) throw new Error('a registrar over gRPC needs a process that serves gRPC');
    serveSipLink(context.grpc.raw, runtime.acceptor);
  }
  return {
    name: context.name,
    acceptor: runtime.acceptor,
    drain: (timeoutMs) => runtime.drain(timeoutMs),
    async stop() {
      runtime.stop();
      await app.close();
    },
  };
}
