import {
  type Endpoint,
  type LogLevel,
  type MediaHost,
  type MediaNodeSetting,
  type PinholeChoice,
  type PortRange,
  type SealKey,
  type UdpChoice,
  type WebhookTargets,
} from './setting-values.js';
import { type Environment, settingNotes, settingsSchema } from './settings-schema.js';
import { type CertificateSource, defaultSipListeners, type SipListener } from './sip-listener.js';

/** Everything the environment decides, read once at the start and handed down as an argument. */
export interface Settings {
  readonly sip: { readonly listeners: readonly SipListener[] };
  readonly tls: {
    /** undefined: a self-made one serves. */
    readonly certificates: readonly CertificateSource[] | undefined;
    /** PEM file of the authorities for outgoing connections; undefined: those that Node.js knows. */
    readonly caPath: string | undefined;
  };
  /** `gatherMs`: how long a batched socket gathers under load. */
  readonly udp: { readonly choice: UdpChoice; readonly gatherMs: number };
  readonly http: Endpoint;
  readonly grpc: Endpoint;
  /** How services prove themselves to each other: files of certificates, or by a mesh. */
  readonly peers: {
    readonly certificate: string | undefined;
    readonly key: string | undefined;
    readonly ca: string | undefined;
    readonly isInMesh: boolean;
  };
  readonly dataDir: string;
  readonly adminToken: string | undefined;
  readonly postgresUrl: string | undefined;
  readonly natsUrl: string | undefined;
  /** On how many nodes of a cluster a stream is kept. */
  readonly natsReplicas: number;
  /** undefined: the service runs in this process. */
  readonly locationUrls: readonly Endpoint[] | undefined;
  readonly directoryUrls: readonly Endpoint[] | undefined;
  readonly registrarUrls: readonly Endpoint[] | undefined;
  readonly redirectUrls: readonly Endpoint[] | undefined;
  /** undefined: in this process, or nowhere. */
  readonly focusUrls: readonly Endpoint[] | undefined;
  /** What a conference focus is, and where it has its media. */
  readonly focus: {
    readonly id: string;
    readonly mediaHosts: readonly MediaHost[];
    readonly mediaPorts: PortRange;
    /** undefined: as many as the machine is good for. */
    readonly threads: number | undefined;
    /** undefined: in the data folder. */
    readonly recordingsDir: string | undefined;
  };
  /** undefined: media is not relayed. */
  readonly rtpengines: readonly MediaNodeSetting[] | undefined;
  readonly edgeId: string;
  readonly udpPinholes: PinholeChoice;
  /** How long what is bound to a silent edge's flows is kept. */
  readonly leaseGraceSec: number;
  /** How long accounting keeps records, and waits for ends of calls. */
  readonly records: { readonly retentionDays: number; readonly maxCallSec: number; readonly maxSetupSec: number };
  readonly webhookTargets: WebhookTargets;
  /** How an edge ends: the time until balancers have noticed, and the most time after that. */
  readonly drain: { readonly noticeSec: number | undefined; readonly graceSec: number | undefined };
  readonly sealKeys: readonly SealKey[] | undefined;
  /** A file with the keys instead. */
  readonly sealKeysFile: string | undefined;
  readonly traceKey: string | undefined;
  readonly logLevel: LogLevel;
  /** Share of calls that are traced, 0 to 1. */
  readonly traceSampling: number;
  /** Tenants that have metrics of their own. */
  readonly metricsTenants: number;
  readonly otlpEndpoint: string | undefined;
  /** Where copies of an edge's messages go; undefined: nowhere. */
  readonly hep: { readonly server: Endpoint; readonly id: number; readonly password: string | undefined } | undefined;
  /** How much of its messages an edge keeps; undefined: none. */
  readonly capture: { readonly keepMs: number; readonly bytes: number; readonly keptBytes: number } | undefined;
}

/** One wrong setting: `message` is a whole line for a person and holds no secret. */
export interface SettingProblem {
  readonly name: string;
  readonly message: string;
}

export type SettingsResult =
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'problems'; readonly problems: readonly SettingProblem[] };

const prefix = 'RINGDOWN_';
/** Of the command line `ringdown`, which is often used in the shell that a service is started from. */
const ofTheCommandLine = new Set(['RINGDOWN_API_URL', 'RINGDOWN_TRACE_URL']);

/**
 * Validates the environment. An empty variable counts as absent. All problems are reported at once; the result is either
 * the settings or the problems, never an exception.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): SettingsResult {
  const notes = new Map(settingNotes());
  const given: Record<string, string> = {};
  const problems: SettingProblem[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    if (notes.has(name)) given[name] = value;
    else if (name.startsWith(prefix) && !ofTheCommandLine.has(name))
      problems.push({ name, message: unknownMessage(name, [...notes.keys()]) });
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      const seen = notes.get(name)?.secret === true ? 'its value (not shown)' : JSON.stringify(given[name]);
      problems.push({ name, message: `${name} is ${seen}, but must be ${issue.message}.` });
    }
  }
  if (!parsed.success || problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'settings', settings: fromEnvironment(parsed.data) };
}

/** The problems as lines for a terminal. */
export function formatSettingProblems(problems: readonly SettingProblem[]): string {
  return problems.map((problem) => problem.message).join('\n');
}

function fromEnvironment(values: Environment): Settings {
  return {
    sip: { listeners: sipListeners(values) },
    tls: { certificates: values.RINGDOWN_TLS_CERTIFICATES, caPath: values.RINGDOWN_TLS_CA },
    udp: { choice: values.RINGDOWN_UDP, gatherMs: values.RINGDOWN_UDP_GATHER_MS },
    http: { host: values.RINGDOWN_HTTP_HOST, port: values.RINGDOWN_HTTP_PORT },
    grpc: { host: values.RINGDOWN_GRPC_HOST, port: values.RINGDOWN_GRPC_PORT },
    peers: {
      certificate: values.RINGDOWN_PEER_CERTIFICATE,
      key: values.RINGDOWN_PEER_KEY,
      ca: values.RINGDOWN_PEER_CA,
      isInMesh: values.RINGDOWN_PEER_INSECURE === 'mesh',
    },
    dataDir: values.RINGDOWN_DATA_DIR,
    adminToken: values.RINGDOWN_ADMIN_TOKEN,
    postgresUrl: values.RINGDOWN_POSTGRES_URL,
    natsUrl: values.RINGDOWN_NATS_URL,
    natsReplicas: values.RINGDOWN_NATS_REPLICAS,
    locationUrls: values.RINGDOWN_LOCATION_URLS,
    directoryUrls: values.RINGDOWN_DIRECTORY_URLS,
    registrarUrls: values.RINGDOWN_REGISTRAR_URLS,
    redirectUrls: values.RINGDOWN_REDIRECT_URLS,
    focusUrls: values.RINGDOWN_FOCUS_URLS,
    focus: {
      id: values.RINGDOWN_FOCUS_ID,
      mediaHosts: values.RINGDOWN_FOCUS_MEDIA_HOSTS,
      mediaPorts: values.RINGDOWN_FOCUS_MEDIA_PORTS,
      threads: values.RINGDOWN_FOCUS_THREADS,
      recordingsDir: values.RINGDOWN_FOCUS_RECORDINGS_DIR,
    },
    rtpengines: values.RINGDOWN_RTPENGINE_URLS,
    edgeId: values.RINGDOWN_EDGE_ID,
    udpPinholes: values.RINGDOWN_UDP_PINHOLES,
    leaseGraceSec: values.RINGDOWN_LEASE_GRACE_SEC,
    records: {
      retentionDays: values.RINGDOWN_RECORDS_RETENTION_DAYS,
      maxCallSec: values.RINGDOWN_RECORDS_MAX_CALL_SEC,
      maxSetupSec: values.RINGDOWN_RECORDS_MAX_SETUP_SEC,
    },
    webhookTargets: values.RINGDOWN_WEBHOOK_TARGETS,
    drain: { noticeSec: values.RINGDOWN_DRAIN_NOTICE_SEC, graceSec: values.RINGDOWN_DRAIN_GRACE_SEC },
    sealKeys: values.RINGDOWN_SEAL_KEYS,
    sealKeysFile: values.RINGDOWN_SEAL_KEYS_FILE,
    traceKey: values.RINGDOWN_TRACE_KEY,
    logLevel: values.RINGDOWN_LOG_LEVEL,
    traceSampling: values.RINGDOWN_TRACE_SAMPLING,
    metricsTenants: values.RINGDOWN_METRICS_TENANTS,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    hep: hepOf(values),
    capture: captureOf(values),
  };
}

const mib = 1024 * 1024;

function hepOf(values: Environment): Settings['hep'] {
  const server = values.RINGDOWN_HEP_URL;
  if (server === undefined) return undefined;
  return { server, id: values.RINGDOWN_HEP_ID, password: values.RINGDOWN_HEP_PASSWORD };
}

function captureOf(values: Environment): Settings['capture'] {
  if (values.RINGDOWN_CAPTURE_SEC === 0) return undefined;
  return {
    keepMs: values.RINGDOWN_CAPTURE_SEC * 1_000,
    bytes: values.RINGDOWN_CAPTURE_MIB * mib,
    keptBytes: values.RINGDOWN_CAPTURE_KEPT_MIB * mib,
  };
}

function sipListeners(values: Environment): readonly SipListener[] {
  const advertisedHost = values.RINGDOWN_SIP_ADVERTISED_HOST;
  const given = values.RINGDOWN_SIP_LISTENERS;
  if (given === undefined)
    return defaultSipListeners(values.RINGDOWN_SIP_HOST, values.RINGDOWN_SIP_PORT, advertisedHost);
  return given.map((listener) => ({ ...listener, advertisedHost: listener.advertisedHost ?? advertisedHost }));
}

function unknownMessage(name: string, known: readonly string[]): string {
  let nearest: string | undefined;
  let distance = 4;
  for (const candidate of known) {
    const found = editDistance(name, candidate);
    if (found < distance) {
      nearest = candidate;
      distance = found;
    }
  }
  const hint = nearest === undefined ? 'docs/settings.md lists the settings.' : `Did you mean ${nearest}?`;
  return `${name} is not a setting. ${hint}`;
}

/** Levenshtein distance, by one row. */
function editDistance(from: string, to: string): number {
  const row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    let diagonal = row[0] ?? 0;
    row[0] = i;
    for (let j = 1; j <= to.length; j += 1) {
      const above = row[j] ?? 0;
      const substitution = diagonal + (from[i - 1] === to[j - 1] ? 0 : 1);
      row[j] = Math.min(above + 1, (row[j - 1] ?? 0) + 1, substitution);
      diagonal = above;
    }
  }
  return row[to.length] ?? 0;
}
