import { conferenceEvents, type events } from '@ringdown/contracts';
import { createMetrics, Health, HttpServer, InProcessBus, silentLogger, Tracing } from '@ringdown/platform';
import { restPart } from '@ringdown/platform/rest';
import { ADMIN_TOKEN, ask, type RestAnswer, type RestRequest } from '@ringdown/testkit';
import { ConferenceControl } from '../conference-control.js';
import { PodConferences } from '../use-cases/conferences.js';
import { FakeDialOut, type Joined, seededRandomInt } from './conference-fixture.js';
import { FakeDirectory } from './fake-directory.js';
import { audio, FakeLeg } from './fake-leg.js';
import { FakeMixer } from './fake-mixer.js';
import { FakeHomes } from './fake-rooms.js';
import { poolOf } from './focus-database.js';
import { SimulatedTime } from './simulated-time.js';

/** A pod with its rooms in Postgres and control over REST; without signalling, media and time. */
export class ControlledPod {
  readonly time = new SimulatedTime();
  readonly mixer = new FakeMixer();
  readonly dialOut = new FakeDialOut();
  readonly directory = new FakeDirectory();
  readonly published: events.ConferenceEvent[] = [];
  readonly metrics = createMetrics('conference-focus');
  readonly postgres;
  readonly control: ConferenceControl;
  readonly conferences: PodConferences;
  /** http://127.0.0.1:port */
  url = '';
  readonly bus = new InProcessBus({ logger: silentLogger() });
  #server: HttpServer | undefined;

  constructor(postgresUrl: string) {
    const logger = silentLogger();
    this.postgres = poolOf(postgresUrl);
    this.bus.subscribe(conferenceEvents.pattern(), ({ data }) => {
      const event = conferenceEvents.decode(data);
      if (event !== undefined) this.published.push(event);
    });
    this.control = new ConferenceControl({
      focusId: 'focus-1',
      postgres: this.postgres,
      directory: this.directory,
      bus: this.bus,
      conferences: () => this.conferences,
      mixer: this.mixer,
      timers: this.time,
      logger,
      tracing: new Tracing({ service: 'test', sampling: 0, key: '', otlpEndpoint: undefined }),
      metrics: this.metrics,
    });
    this.conferences = new PodConferences({
      mixer: this.control.mixer,
      rooms: this.control.rooms,
      homes: new FakeHomes(),
      events: this.control.events,
      recordings: {
        path: async (tenantId, name) => `/recordings/${tenantId}/${name}.wav`,
        failed: () => undefined,
      },
      timers: this.time,
      dialOut: () => this.dialOut,
      now: this.time.now,
      randomInt: seededRandomInt(1),
    });
  }

  async listen(): Promise<void> {
    const logger = silentLogger();
    const parts = [restPart([this.control.rest], { adminToken: ADMIN_TOKEN, logger })];
    const registries = () => [this.metrics];
    this.#server = await HttpServer.create({ logger, health: new Health(), registries, parts });
    this.url = `http://127.0.0.1:${(await this.#server.listen({ host: '127.0.0.1', port: 0 })).port}`;
  }

  ask(method: string, path: string, request?: RestRequest): Promise<RestAnswer> {
    return ask(this.url, method, path, request);
  }

  /** A user of acme dials in; it fails where it is refused. */
  async join(room: string, user: string): Promise<Joined> {
    const leg = new FakeLeg();
    const outcome = await this.conferences.join({
      tenantId: 'acme',
      room,
      uri: `sip:${user}@acme.test`,
      isAuthenticated: true,
      displayName: user,
      isModerator: false,
      leg,
      how: 'dialed-in',
      family: 'IP4',
      wantsVideo: false,
    });
    if (outcome.kind === 'refused') throw new Error(`${user} was refused: ${outcome.statusCode} ${outcome.why}`);
    const { member } = outcome;
    member.mediaAgreed(audio());
    member.connected();
    return { member, leg, id: member.id };
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    await this.control.stop();
    await this.bus.close();
    await this.postgres.close();
  }
}
