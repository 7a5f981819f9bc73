import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext, ServiceError, type Settings } from '@ringdown/platform';
import { formatHostPort, type HostPort, reachableHost } from '@ringdown/sip-transport';
import { ConferenceFocusRuntime, type ConferenceFocusRuntimeOptions } from './conference-focus-runtime.js';

export type ConferenceFocusDependencies = Pick<ConferenceFocusRuntimeOptions, 'directory' | 'focusChannel' | 'graceMs'>;

/** Wires one pod of the focus into a process. */
@Module({})
export class ConferenceFocusModule {
  static register(dependencies: ConferenceFocusDependencies): DynamicModule {
    return {
      module: ConferenceFocusModule,
      providers: [
        {
          provide: ConferenceFocusRuntime,
          useFactory: (context: ServiceContext) => openRuntime(context, dependencies),
          inject: [SERVICE_CONTEXT],
        },
      ],
      exports: [ConferenceFocusRuntime],
    };
  }
}

async function openRuntime(
  context: ServiceContext,
  dependencies: ConferenceFocusDependencies,
): Promise<ConferenceFocusRuntime> {
  const { settings, postgresUrl, grpc, logger, tracing, bus, metrics } = context;
  if (postgresUrl === undefined)
    throw new ServiceError('invalid', 'conference-focus needs Postgres: set RINGDOWN_POSTGRES_URL');
  return ConferenceFocusRuntime.open({
    ...dependencies,
    focusId: settings.focus.id,
    postgresUrl,
    bus,
    local: settings.grpc,
    // Without gRPC everybody who asks is in this process.
    address: () => (grpc === undefined ? formatHostPort(settings.grpc) : reachableAddress(grpc.address)),
    mixer: mixerOf(settings),
    recordingsFolder: settings.focus.recordingsDir ?? join(settings.dataDir, 'recordings'),
    logger,
    tracing,
    metrics,
  });
}

function mixerOf({ focus, udp }: Settings): ConferenceFocusRuntimeOptions['mixer'] {
  const { mediaHosts, mediaPorts, threads } = focus;
  const hostOf = (wanted: 'IP4' | 'IP6') => {
    const found = mediaHosts.find(({ family }) => family === wanted);
    return found === undefined ? undefined : { host: found.bound, advertisedHost: found.advertised };
  };
  return {
    ip4: hostOf('IP4'),
    ip6: hostOf('IP6'),
    ports: mediaPorts,
    udp: udp.choice,
    // One is left for signalling.
    workers: threads ?? Math.max(1, availableParallelism() - 1),
  };
}

/** Where a wildcard listens, other machines need one address of this one. */
function reachableAddress(listening: HostPort | undefined): string | undefined {
  if (listening === undefined) return undefined;
  return formatHostPort({ host: reachableHost(listening.host, undefined), port: listening.port });
}
