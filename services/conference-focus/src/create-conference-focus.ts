import { openModule, type RunningService, type ServiceContext } from '@ringdown/platform';
import { type SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { ConferenceFocusModule } from './conference-focus.module.js';
import { ConferenceFocusRuntime } from './conference-focus-runtime.js';

/** One pod of the focus as a service of a process. */
export interface RunningConferenceFocus extends RunningService {
  /** For edges of the same process (`InProcessSipLinkClient`). */
  readonly acceptor: SipLinkAcceptor;
}

export interface CreateConferenceFocusOptions {
  /** Serve SipLink on the process's gRPC server. Only one service of a process can, so edges of the same process use `acceptor`. */
  readonly overGrpc: boolean;
}

/** Starts a pod of the conference focus. */
export async function createConferenceFocus(
  context: ServiceContext,
  { overGrpc }: CreateConferenceFocusOptions,
): Promise<RunningConferenceFocus> {
  const app = await openModule(context, ConferenceFocusModule.register());
  const runtime = app.get(ConferenceFocusRuntime);
  if (overGrpc) {
    if (context.grpc === undefined) throw new Error('a conference focus over gRPC needs a process that serves gRPC');
    serveSipLink(context.grpc.raw, runtime.acceptor);
  }
  return {
    name: context.name,
    acceptor: runtime.acceptor,
    drain: () => runtime.drain(),
    async stop() {
      runtime.stop();
      await app.close();
    },
  };
}
