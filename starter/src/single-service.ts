import { resolve } from 'node:path';
import { createAccounting } from '@ringdown/accounting';
import { createConferenceFocus } from '@ringdown/conference-focus';
import { conference, directory, location } from '@ringdown/contracts';
import { createDirectory } from '@ringdown/directory';
import { createEdgeProxy, type RunningEdgeProxy } from '@ringdown/edge-proxy';
import { createLocation } from '@ringdown/location';
import {
  createClient,
  type Endpoint,
  GrpcChannel,
  type GrpcClientOptions,
  GrpcServer,
  grpcMeter,
  Health,
  type HttpPart,
  HttpServer,
  type Logger,
  type PeerCredentials,
  type ProcessContext,
  type RunningService,
  type ServiceContext,
  type Settings,
  type Shutdown,
} from '@ringdown/platform';
import { type RestApi, restPart } from '@ringdown/platform/rest';
import { createRedirect } from '@ringdown/redirect';
import { createRegistrar } from '@ringdown/registrar';
import { focusGraceMs } from './ending-time.js';
import { linksTo, nameOutages } from './peer-instances.js';
import { callersOf, peerCredentials } from './peer-security.js';
import { hostPort, openBus, Started } from './process-parts.js';
import { sealKeySource } from './seal-keys.js';
import { withCertificate } from './sip-certificate.js';
import { StartProblem } from './start-problem.js';

export interface SingleServiceOptions {
  readonly name: string;
  readonly settings: Settings;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

/** Calls have deadlines of about two seconds; streams of changes are cut off then. */
const lastAnswersMs = 3_000;

/** A service as one process has it. */
interface Served {
  readonly service: RunningService;
  readonly rest?: RestApi;
  readonly edge?: RunningEdgeProxy;
}

interface Recipe {
  /** It is asked over gRPC, and holds no streams between which calls go on. */
  readonly answersCalls?: true;
  /** Settings that must be there when the service stands alone. */
  readonly needs: readonly Need[];
  readonly create: (context: ServiceContext, peers: PeerCredentials, started: Started) => Promise<Served>;
}

interface Need {
  readonly variable: string;
  readonly of: (settings: Settings) => unknown;
  readonly why: string;
}

const postgres: Need = {
  variable: 'RINGDOWN_POSTGRES_URL',
  of: (settings) => settings.postgresUrl,
  why: 'its tables are there',
};
const nats: Need = {
  variable: 'RINGDOWN_NATS_URL',
  of: (settings) => settings.natsUrl,
  why: 'services that run apart tell each other of changes over NATS',
};
const locationUrls: Need = {
  variable: 'RINGDOWN_LOCATION_URLS',
  of: (settings) => settings.locationUrls,
  why: 'bindings are asked for there',
};
const adminToken: Need = {
  variable: 'RINGDOWN_ADMIN_TOKEN',
  of: (settings) => settings.adminToken,
  why: 'the REST API is opened with it',
};
const directoryUrls: Need = {
  variable: 'RINGDOWN_DIRECTORY_URLS',
  of: (settings) => settings.directoryUrls,
  why: 'tenants and subscribers are asked for there',
};

function sealKeysFor(why: string): Need {
  return {
    variable: 'RINGDOWN_SEAL_KEYS or RINGDOWN_SEAL_KEYS_FILE',
    of: (settings) => settings.sealKeys ?? settings.sealKeysFile,
    why,
  };
}

const recipes: Readonly<Record<string, Recipe>> = {
  location: {
    answersCalls: true,
    needs: [postgres, nats],
    create: async (context) => {
      const service = await createLocation(context);
      return { service, rest: service.rest };
    },
  },
  directory: {
    answersCalls: true,
    needs: [postgres, nats, adminToken],
    create: async (context) => {
      const service = await createDirectory(context);
      return { service, rest: service.rest };
    },
  },
  registrar: {
    needs: [locationUrls, directoryUrls, sealKeysFor('edges open the temporary GRUUs that it has sealed')],
    create: async (context, peers, started) => {
      const seals = sealKeySource(context.settings, context.settings.sealKeys ?? [], context.logger, started);
      return {
        service: await createRegistrar(context, { ...clients(context, peers, started), ...seals, overGrpc: true }),
      };
    },
  },
  redirect: {
    needs: [locationUrls, directoryUrls],
    create: async (context, peers, started) => ({
      service: await createRedirect(context, { ...clients(context, peers, started), overGrpc: true }),
    }),
  },
  'conference-focus': {
    needs: [postgres, nats, directoryUrls, adminToken],
    create: async (context, peers, started) => {
      const service = await createConferenceFocus(context, {
        directory: directoryClient(context, peers, started),
        focusChannel: peers.client('conference-focus'),
        graceMs: focusGraceMs(context.settings),
        overGrpc: true,
      });
      return { service, rest: service.rest };
    },
  },
  accounting: {
    needs: [postgres, nats, adminToken],
    create: async (context) => {
      const service = await createAccounting(context);
      return { service, rest: service.rest };
    },
  },
  'edge-proxy': {
    needs: [
      locationUrls,
      directoryUrls,
      nats,
      {
        variable: 'RINGDOWN_REGISTRAR_URLS',
        of: (settings) => settings.registrarUrls,
        why: 'REGISTER is answered there',
      },
      sealKeysFor('edges open what other edges have sealed'),
    ],
    create: async (context, peers, started) => {
      const { registrarUrls = [], redirectUrls = [], focusUrls = [], sealKeys = [] } = context.settings;
      const service = await createEdgeProxy(context, {
        ...clients(context, peers, started),
        overGrpc: true,
        ...sealKeySource(context.settings, sealKeys, context.logger, started),
        edgeChannel: peers.client('edge-proxy'),
        focus: focusClient(context, peers, started),
        services: {
          registrar: linksTo(registrarUrls, peers.client('registrar'), context.logger, started),
          redirect: linksTo(redirectUrls, peers.client('redirect'), context.logger, started),
          'conference-focus': linksTo(focusUrls, peers.client('conference-focus'), context.logger, started),
        },
      });
      return { service, rest: service.rest, edge: service };
    },
  },
};

/** The services that can run alone. */
export const serviceNames: readonly string[] = Object.keys(recipes);

/**
 * Starts one service with its gRPC and HTTP servers. What was started is handed to `shutdown`, the newest first, also when the start fails
 * half-way. Returns the line that says where it listens. Throws StartProblem for a missing setting.
 */
export async function startService(options: SingleServiceOptions): Promise<string> {
  const { name, logger } = options;
  const recipe = recipes[name];
  if (recipe === undefined)
    throw new StartProblem(`There is no service "${name}". There are: ${serviceNames.join(', ')}`);
  const missing = recipe.needs.filter((need) => need.of(options.settings) === undefined);
  if (missing.length > 0) {
    throw new StartProblem(
      missing.map(({ variable, why }) => `${variable} is missing: ${name} needs it, since ${why}.`).join('\n'),
    );
  }
  const started = new Started();
  try {
    const settings = name === 'edge-proxy' ? await certified(options.settings, logger) : options.settings;
    const health = new Health();
    const bus = await openBus(settings, logger, started);
    const peers = peerCredentials(settings, logger, started);
    const grpc = new GrpcServer({ logger, credentials: peers.server(callersOf(name)) });
    started.keep({ name: 'grpc', drain: (timeoutMs) => grpc.drain(timeoutMs), stop: async () => {} });
    const served: { http?: HttpServer } = {};
    // It answers to the end: whoever watches a service that leaves sees how far it is.
    started.keep({ name: 'http', drain: async () => {}, stop: async () => served.http?.stop() });
    const process: ProcessContext = { settings, logger, health, bus, grpc, postgresUrl: settings.postgresUrl };
    const context = await started.contextOf(process, name, instanceOf(name, settings));
    const { service, rest, edge } = await recipe.create(context, peers, started);
    started.keep(service);
    // Who calls a service that ends is told to ask another replica, and what it has been asked it answers.
    if (recipe.answersCalls === true) {
      const drain = (timeoutMs: number): Promise<void> => grpc.drain(Math.min(timeoutMs, lastAnswersMs));
      started.keep({ name: 'calls', drain, stop: async () => {} });
    }
    const parts = rest === undefined ? [] : restParts(name, rest, settings, logger);
    const http = await HttpServer.create({
      logger,
      health,
      registries: () => started.registries,
      parts,
    });
    served.http = http;
    // Stopped first: balancers look elsewhere. What the service itself serves over HTTP ends before the service; an edge, which others watch while it
    // leaves, answers to the end.
    const ownHttp = parts.length === 0 || edge !== undefined ? undefined : http;
    started.keep({
      name: 'readiness',
      drain: async () => health.drain(),
      stop: async () => ownHttp?.stop(),
    });
    const grpcAddress = await grpc.listen(settings.grpc);
    const httpAddress = await http.listen(settings.http);
    const listening = [`gRPC ${hostPort(grpcAddress)}`, `HTTP ${hostPort(httpAddress)}`];
    if (edge !== undefined) listening.unshift(...edgeAddresses(edge));
    return `${name} is up: ${listening.join(', ')}`;
  } finally {
    started.handTo(options.shutdown);
  }
}

/** The REST API of a service. One that can do without has none where no key was given: nothing is served without. */
function restParts(name: string, rest: RestApi, { adminToken }: Settings, logger: Logger): readonly HttpPart[] {
  if (adminToken !== undefined) return [restPart([rest], { adminToken, logger })];
  logger.info(`${name} serves no REST API, since RINGDOWN_ADMIN_TOKEN is not given`);
  return [];
}

/** An edge that is given no certificate makes one, which only phones that are told so trust. */
async function certified(asked: Settings, logger: Logger): Promise<Settings> {
  const { settings, selfMade } = await withCertificate(asked, resolve(asked.dataDir), []);
  if (selfMade !== undefined)
    logger.info('SIP over TLS has a self-made certificate, since RINGDOWN_TLS_CERTIFICATES is not given', {
      file: selfMade.path,
    });
  return settings;
}

/** What tells the processes of one service apart, where they have names. */
function instanceOf(name: string, { edgeId, focus }: Settings): string | undefined {
  if (name === 'edge-proxy') return edgeId;
  return name === 'conference-focus' ? focus.id : undefined;
}

/** What scripts read: one address, which UDP socket runs, and every listener as the settings write it. */
function edgeAddresses({ sip, udp, listening }: RunningEdgeProxy): readonly string[] {
  const listeners = listening.map(({ transport, address }) => `${transport.toLowerCase()}://${hostPort(address)}`);
  return [`SIP ${hostPort(sip)}`, ...(udp === undefined ? [] : [`UDP ${udp}`]), `listeners ${listeners.join(' ')}`];
}

/** Who says where conferences are; undefined where there are none. */
function focusClient(context: ServiceContext, peers: PeerCredentials, started: Started) {
  const { focusUrls } = context.settings;
  if (focusUrls === undefined) return undefined;
  const channel = channelTo('conference-focus', focusUrls, context, peers, started);
  return createClient(conference.LocateDefinition, channel, measured(context));
}

/** Clients of the services that every SIP service asks. */
function clients(context: ServiceContext, peers: PeerCredentials, started: Started) {
  const channel = channelTo('location', context.settings.locationUrls, context, peers, started);
  return {
    location: createClient(location.LocationDefinition, channel, measured(context)),
    directory: directoryClient(context, peers, started),
  };
}

/** Calls of other services are in this service's traces and metrics. */
function measured({ tracing, metrics }: ServiceContext): GrpcClientOptions {
  return { tracing, meter: grpcMeter(metrics, 'client') };
}

function directoryClient(context: ServiceContext, peers: PeerCredentials, started: Started) {
  const channel = channelTo('directory', context.settings.directoryUrls, context, peers, started);
  return createClient(directory.DirectoryDefinition, channel, measured(context));
}

/** Connections to the instances of a service, until the process ends. */
function channelTo(
  service: string,
  addresses: readonly Endpoint[] = [],
  { name, logger }: ServiceContext,
  peers: PeerCredentials,
  started: Started,
): GrpcChannel {
  const channel = new GrpcChannel({ addresses, ...nameOutages(logger), ...peers.client(service) });
  started.keep({ name: `${name} to ${service}`, drain: async () => {}, stop: async () => channel.close() });
  return channel;
}
