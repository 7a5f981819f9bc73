import { openModule, type RunningService, type ServiceContext } from '@ringdown/platform';
import { type SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { RedirectModule } from './redirect.module.js';
import { type RedirectDependencies, RedirectRuntime } from './redirect-runtime.js';

/** The redirect server as a service of a process. */
export interface RunningRedirect extends RunningService {
  /** For edges of the same process (`InProcessSipLinkClient`). */
  readonly acceptor: SipLinkAcceptor;
}

export interface CreateRedirectOptions extends RedirectDependencies {
  /** Serve SipLink on the process's gRPC server. Only one service of a process can, so edges of the same process use `acceptor`. */
  readonly overGrpc: boolean;
}

/** Starts a redirect server. It needs nothing to start: until location and the directory answer, requests get 503. */
export async function createRedirect(
  context: ServiceContext,
  options: CreateRedirectOptions,
): Promise<RunningRedirect> {
  const app = await openModule(context, RedirectModule.register(options));
  const runtime = app.get(RedirectRuntime);
  if (options.overGrpc) {
    if (context.grpc === undefined) throw new Error('a redirect server over gRPC needs a process that serves gRPC');
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
