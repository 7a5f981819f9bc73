import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ConferenceEvent, ConferenceEvents, JoinRefused } from './ports/conference-events.js';
import type { MemberStatistics, Mixer } from './ports/mixer.js';
import type { Conferences } from './use-cases/conferences.js';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const durationBucketsSec = [10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

export interface ConferenceMetricsOptions {
  readonly registry: Registry;
  /** Of this pod; asked at each scrape. */
  readonly conferences: () => Pick<Conferences, 'all'>;
  readonly mixer: Pick<Mixer, 'load'>;
}

/** The conference focus's metrics, on its own registry. */
export class ConferenceMetrics implements ConferenceEvents {
  readonly #joins: Counter<'how'>;
  readonly #refusals: Counter<'reason'>;
  readonly #leaves: Counter<'how'>;
  readonly #ends: Histogram<'reason'>;
  readonly #wrongPins: Counter;
  readonly #memberSeconds: Counter;
  readonly #speakerChanges: Counter;
  readonly #recordings: Counter;
  readonly #packets: Counter<'what'>;
  readonly #refusedPackets: Counter<'reason'>;
  readonly #grpc: Histogram<'operation' | 'status'>;
  readonly #rest: Histogram<'operation' | 'status'>;

  constructor({ registry, conferences, mixer }: ConferenceMetricsOptions) {
    const registers = [registry];
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name: `ringdown_conference_${name}`,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge('conferences', 'Conferences under way on this pod', () => [...conferences().all()].length);
    gauge('users', 'Users with a phone in a conference of this pod, or on its way in', () =>
      [...conferences().all()].reduce((sum, one) => sum + one.roster().userCount, 0),
    );
    gauge('mixer_members', 'Members whose media this pod mixes', () => mixer.load().members);
    gauge(
      'mixer_busy_share',
      "Share of its time that the mixer's busiest thread works, 0 to 1",
      () => mixer.load().busyShare,
    );
    gauge(
      'mixer_late_p99_seconds',
      "How late the mixer's ticks begin, at the 99th of a hundred, in the last ten seconds",
      () => mixer.load().lateP99Ms / 1000,
    );
    this.#joins = new Counter({
      name: 'ringdown_conference_joins_total',
      help: 'Members that got in, by how',
      labelNames: ['how'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'ringdown_conference_refusals_total',
      help: "Callers that didn't get in, by why",
      labelNames: ['reason'],
      registers,
    });
    this.#leaves = new Counter({
      name: 'ringdown_conference_leaves_total',
      help: 'Members that left, by how',
      labelNames: ['how'],
      registers,
    });
    this.#ends = new Histogram({
      name: 'ringdown_conference_duration_seconds',
      help: 'How long conferences lasted, by why they ended',
      labelNames: ['reason'],
      buckets: durationBucketsSec,
      registers,
    });
    const counter = (name: string, help: string) =>
      new Counter({ name: `ringdown_conference_${name}_total`, help, registers });
    this.#wrongPins = counter('wrong_pins', 'PINs that were wrong');
    this.#memberSeconds = counter('member_seconds', 'How long members that have left were in, all added up');
    this.#speakerChanges = counter('speaker_changes', 'Times that others began or ceased to speak in a conference');
    this.#recordings = counter('recordings', 'Recordings that were begun');
    this.#packets = new Counter({
      name: 'ringdown_conference_packets_total',
      help: 'RTP packets of members that have left: received, sent, and lost on the way to us',
      labelNames: ['what'],
      registers,
    });
    this.#refusedPackets = new Counter({
      name: 'ringdown_conference_packets_refused_total',
      help: "Packets to ports of members that have left, which were none of theirs or couldn't be used, by why",
      labelNames: ['reason'],
      registers,
    });
    this.#grpc = new Histogram({
      name: 'ringdown_conference_grpc_request_seconds',
      help: 'Time from a question of another service to its answer, over gRPC or in the process, by operation and ok or the code of the error',
      labelNames: ['operation', 'status'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#rest = new Histogram({
      name: 'ringdown_conference_rest_request_seconds',
      help: 'Time from a request of an operator to its answer, by operation and status code',
      labelNames: ['operation', 'status'],
      buckets: latencyBucketsSec,
      registers,
    });
  }

  happened(event: ConferenceEvent): void {
    switch (event.type) {
      case 'joined':
        this.#joins.inc({ how: event.how });
        break;
      case 'left':
        this.#leaves.inc({ how: event.how });
        this.#memberSeconds.inc(event.durationMs / 1000);
        break;
      case 'ended':
        this.#ends.observe({ reason: event.why }, event.durationMs / 1000);
        break;
      case 'wrong-pin':
        this.#wrongPins.inc();
        break;
      case 'speakers':
        this.#speakerChanges.inc();
        break;
      case 'recording-started':
        this.#recordings.inc();
        break;
      default:
        break;
    }
  }

  refused({ why }: JoinRefused): void {
    this.#refusals.inc({ reason: why });
  }

  /** What the media of a member was like that has left. */
  media({ packetsReceived, packetsSent, packetsLost, refused }: MemberStatistics): void {
    this.#packets.inc({ what: 'received' }, packetsReceived);
    this.#packets.inc({ what: 'sent' }, packetsSent);
    this.#packets.inc({ what: 'lost' }, Math.max(0, packetsLost));
    for (const [reason, count] of Object.entries(refused)) this.#refusedPackets.inc({ reason }, count);
  }

  /** `status` is ok, or the code of the error. */
  grpcRequest(operation: string, status: string, durationMs: number): void {
    this.#grpc.observe({ operation, status }, durationMs / 1000);
  }

  restRequest(operation: string, statusCode: number, durationMs: number): void {
    this.#rest.observe({ operation, status: String(statusCode) }, durationMs / 1000);
  }
}
