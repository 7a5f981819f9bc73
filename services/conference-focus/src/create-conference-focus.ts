import { conference } from '@ringdown/contracts';
import { openModule, type RunningService, registerService, type ServiceContext } from '@ringdown/platform';
import type { RestApi } from '@ringdown/platform/rest';
import { type SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { type ConferenceFocusDependencies, ConferenceFocusModule } from './conference-focus.module.js';
import { ConferenceFocusRuntime } from './conference-focus-runtime.js';

/** One pod of the focus as a service of a process. */
export interface RunningConferenceFocus extends RunningService {
  /** For edges of the same process (`InProcessSipLinkClient`). */
  readonly acceptor: SipLinkAcceptor;
  /** Says where conferences are, for edges of the same process. */
  readonly locate: conference.LocateService;
  /** What operators control conferences with, for callers of the same process. */
  readonly service: conference.ConferenceService;
  /** The same over HTTP. */
  readonly rest: RestApi;
}

export interface CreateConferenceFocusOptions extends ConferenceFocusDependencies {
  /** Serve SipLink on the process's gRPC server. Only one service of a process can, so edges of the same process use `acceptor`. */
  readonly overGrpc: boolean;
}

/**
 * Brings the focus's schema up to date and starts one pod on the context's Postgres and bus; where the process serves gRPC, it is served there. Throws
 * ServiceError `unavailable` if Postgres can't be reached.
 */
export async function createConferenceFocus(
  context: ServiceContext,
  { overGrpc, ...dependencies }: CreateConferenceFocusOptions,
): Promise<RunningConferenceFocus> {
  const app = await openModule(context, ConferenceFocusModule.register(dependencies));
  const runtime = app.get(ConferenceFocusRuntime);
  const { locate, control } = runtime;
  const removeCheck = context.health.add(`${context.name}/homes`, () => runtime.ready());
  if (overGrpc) {
    if (context.grpc === undefined) throw new Error('a conference focus over gRPC needs a process that serves gRPC');
    serveSipLink(context.grpc.raw, runtime.acceptor);
    const observer = { tracing: context.tracing, metrics: context.metrics, logger: context.logger };
    registerService(context.grpc, conference.LocateDefinition, locate, observer);
    registerService(context.grpc, conference.ConferenceDefinition, control.service, observer);
  }
  return {
    name: context.name,
    acceptor: runtime.acceptor,
    locate,
    service: control.service,
    rest: control.rest,
    drain: (timeoutMs) => runtime.drain(timeoutMs),
    async stop() {
      removeCheck();
      await runtime.stop();
      await app.close();
    },
  };
}
