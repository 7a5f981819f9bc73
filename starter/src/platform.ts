import { createAccounting } from '@ringdown/accounting';
import { createConferenceFocus } from '@ringdown/conference-focus';
import { createDirectory, DEMO_DOMAIN } from '@ringdown/directory';
import { createEdgeProxy, type OpenLink } from '@ringdown/edge-proxy';
import { createLocation } from '@ringdown/location';
import { Health, HttpServer, type Logger, type ProcessContext, type Settings, type Shutdown } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { createRedirect } from '@ringdown/redirect';
import { createRegistrar } from '@ringdown/registrar';
import { InProcessSipLinkClient, type SipLinkAcceptor } from '@ringdown/sip-transport';
import { banner } from './banner.js';
import { openDatabase } from './database.js';
import { DEMO_ROOM, prepareDemo, prepareDemoRoom } from './demo.js';
import { loneDrain } from './ending-time.js';
import { requireFreePorts } from './free-ports.js';
import { hostPort, openBus, Started } from './process-parts.js';
import { sealKeySource } from './seal-keys.js';
import { withCertificate } from './sip-certificate.js';

export interface PlatformOptions {
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
  readonly newDemoPasswords: boolean;
}

/**
 * Starts every service in this process. What was started is handed to `shutdown`, the newest first, also when the start fails half-way.
 * Returns the text for the person who started it.
 */
export async function startPlatform(options: PlatformOptions): Promise<string> {
  const { environment, logger, newDemoPasswords } = options;
  const started = new Started();
  try {
    const database = await openDatabase(options.settings, environment, logger);
    started.keep(database.service);
    await requireFreePorts(options.settings);
    const { secrets } = database;
    const certified = await withCertificate(options.settings, database.folder, [DEMO_DOMAIN]);
    const settings: Settings = { ...certified.settings, ...secrets, drain: loneDrain(certified.settings.drain) };
    const health = new Health();
    const bus = await openBus(settings, logger, started);
    const process: ProcessContext = { settings, logger, health, bus, grpc: undefined, postgresUrl: database.url };
    const contextOf = (name: string) => started.contextOf(process, name);

    const location = started.keep(await createLocation(await contextOf('location')));
    const directory = started.keep(await createDirectory(await contextOf('directory')));
    const accounting = started.keep(await createAccounting(await contextOf('accounting')));
    const demo = await prepareDemo(directory.store, settings, newDemoPasswords);
    // Within one process SipLink and gRPC skip the network: the services themselves are handed over.
    const dependencies = { location: location.service, directory: directory.service, overGrpc: false };
    const seals = sealKeySource(settings, secrets.sealKeys, logger, started);
    const registrar = started.keep(await createRegistrar(await contextOf('registrar'), { ...dependencies, ...seals }));
    const redirect = started.keep(await createRedirect(await contextOf('redirect'), dependencies));
    const focus = await createConferenceFocus(await contextOf('conference-focus'), {
      ...dependencies,
      // Nobody else could go on with them either.
      graceMs: 0,
    });
    started.keep({ name: 'conference-focus', drain: async () => {}, stop: () => focus.stop() });
    await prepareDemoRoom(focus.service);
    // Stopped after the edge: whoever watches sees how far it is.
    const served: { http?: HttpServer } = {};
    started.keep({ name: 'http', drain: async () => served.http?.drain(), stop: async () => served.http?.stop() });
    const edge = started.keep(
      await createEdgeProxy(await contextOf('edge-proxy'), {
        ...dependencies,
        ...seals,
        focus: focus.locate,
        services: {
          registrar: [within(registrar.acceptor)],
          redirect: [within(redirect.acceptor)],
          'conference-focus': [within(focus.acceptor)],
        },
      }),
    );
    const http = await HttpServer.create({
      logger,
      health,
      registries: () => started.registries,
      parts: [
        restPart([directory.rest, location.rest, focus.rest, accounting.rest, edge.rest], {
          adminToken: secrets.adminToken,
          logger,
        }),
      ],
    });
    served.http = http;
    // While there is an edge to say goodbye by.
    started.keep({ name: 'conferences', drain: (timeoutMs) => focus.drain(timeoutMs), stop: async () => {} });
    const listening = await http.listen(settings.http);
    // Stopped first: a balancer looks elsewhere while calls under way still end here.
    started.keep({ name: 'readiness', drain: async () => health.drain(), stop: async () => {} });
    return banner({
      sip: hostPort(edge.sip),
      listening: edge.listening.map(({ transport, address }) => ({ transport, address: hostPort(address) })),
      udp: edge.udp,
      http: hostPort(listening),
      adminToken: secrets.adminToken,
      certificate: certified.selfMade?.path,
      dataDir: database.description,
      domain: DEMO_DOMAIN,
      room: DEMO_ROOM,
      passwords: demo.passwords,
      passwordsAreNew: demo.areNew,
    });
  } finally {
    started.handTo(options.shutdown);
  }
}

function within(acceptor: SipLinkAcceptor): OpenLink {
  return (link) => new InProcessSipLinkClient({ ...link, acceptor });
}
