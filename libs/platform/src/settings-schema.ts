import { z } from 'zod';
import {
  endpoints,
  host,
  instanceName,
  logLevels,
  parseEndpoint,
  parseIdentified,
  parseList,
  parseMediaHosts,
  parseMediaNode,
  parsePortRange,
  parseSealKeys,
  parseUrl,
  pinholeChoices,
  port,
  udpChoices,
  webhookTargets,
  wholeNumber,
} from './setting-values.js';
import { type Misfit, parseCertificateSource, parseSipListeners } from './sip-listener.js';

/** What a setting's documentation and its error messages say beside its description. */
export interface SettingNote {
  readonly description: string;
  readonly expected: string;
  /** What holds when the variable is absent, for a reader. */
  readonly fallback: string;
  /** A secret's value appears in no message and no log. */
  readonly secret: boolean;
}

type Note = Omit<SettingNote, 'secret' | 'fallback'> & { readonly secret?: true; readonly fallback?: string };

/** `parse` gives undefined, or what exactly is wrong, for a text that isn't what is expected. */
function setting<Value>(note: Note, parse: (text: string) => Value | Misfit | undefined) {
  return z
    .string()
    .transform((text, context): Value => {
      const value = parse(text);
      const why = isMisfit(value) ? ` (${value.misfit})` : '';
      if (value !== undefined && why === '') return value as Value;
      context.addIssue({ code: 'custom', message: `${note.expected}${why}` });
      return z.NEVER;
    })
    .optional()
    .meta({ secret: false, fallback: 'none', ...note });
}

function settingOr<Value>(fallback: string, note: Note, parse: (text: string) => Value | undefined) {
  const value = parse(fallback);
  if (value === undefined) throw new Error(`The default ${fallback} is not ${note.expected}`);
  const { expected, description } = note;
  return setting(note, parse)
    .transform((given): Value => given ?? value)
    .meta({ expected, description, secret: note.secret ?? false, fallback: note.fallback ?? `\`${fallback}\`` });
}

function isMisfit(value: unknown): value is Misfit {
  return typeof value === 'object' && value !== null && 'misfit' in value;
}

const portExpected = 'a port from 0 to 65535 (0 means any free one)';
const hostExpected = 'a host name or an IP address';
const instanceNameExpected = '1 to 32 of the characters a-z, 0-9 and -';
const endpointsExpected = 'a comma-separated list of host:port';
const file = (text: string) => text;

/**
 * The one schema of every environment variable that a service or the starter reads. It validates, gives the types, and
 * carries what the documentation says.
 */
export const settingsSchema = z.object({
  RINGDOWN_SIP_HOST: settingOr(
    '127.0.0.1',
    {
      description: 'Address that SIP listens on, over all five transports, unless RINGDOWN_SIP_LISTENERS is given.',
      expected: hostExpected,
    },
    host,
  ),
  RINGDOWN_SIP_PORT: settingOr(
    '5060',
    {
      description:
        'Port of SIP over UDP and TCP, unless RINGDOWN_SIP_LISTENERS is given. TLS is at 5061, WS at 5080 and WSS at 5443, or all of them at any free port where this is 0.',
      expected: portExpected,
    },
    port,
  ),
  RINGDOWN_SIP_ADVERTISED_HOST: setting(
    {
      description:
        'Host written into Via, Record-Route and Path, where it differs from the one listened on. Holds for every listener that advertises nothing itself.',
      expected: hostExpected,
      fallback: 'the address listened on',
    },
    host,
  ),
  RINGDOWN_SIP_LISTENERS: setting(
    {
      description:
        'Where SIP listens: a URL each, `udp`, `tcp`, `tls`, `ws` or `wss`. Parameters: `advertise=host:port` is what peers are told, the port being optional; `proxy=10.0.0.0/8` names the balancers whose connections begin with a PROXY protocol header; `origins=https://phone.example.com` lets only these pages in (WebSocket); `certificates=` in place of RINGDOWN_TLS_CERTIFICATES; `client-ca=file` asks for client certificates of these authorities, and `client=required` insists on them; `connections=` and `connections-per-host=` bound those that are open at once, of all peers and of one address (50000 and 1000). Several values of one parameter have a vertical bar between them. `[::]` takes IPv6 only: add a listener for IPv4.',
      expected: 'a comma-separated list of listeners like udp://0.0.0.0:5060,tls://[::]:5061?advertise=sip.example.com',
      fallback: 'all five transports at RINGDOWN_SIP_HOST',
    },
    parseSipListeners,
  ),
  RINGDOWN_TLS_CERTIFICATES: setting(
    {
      description:
        'Certificates of SIP over TLS and WSS, in PEM: pairs of files, or folders that hold `name.crt` or `name.pem` with `name.key`. The name that a client asks for chooses; the first one serves who asks for none. Changed files are taken up without a restart.',
      expected: 'a comma-separated list of cert:key pairs of files, or of folders',
      fallback: 'one made at the first start, kept in the data folder, which nobody trusts by itself',
    },
    (text) => parseList(text, parseCertificateSource),
  ),
  RINGDOWN_TLS_CA: setting(
    {
      description: 'Authorities that must have signed the certificate of a server which SIP connects to over TLS.',
      expected: 'a PEM file',
      fallback: 'the authorities that Node.js knows',
    },
    (text) => text,
  ),
  RINGDOWN_UDP: settingOr(
    'auto',
    {
      description:
        'Sockets of SIP over UDP and of the audio of conferences: `batched` reads and sends many datagrams at once and needs add-ons, which the build makes where a C compiler is; `dgram` is node:dgram; `auto` takes the better one there is.',
      expected: `one of ${udpChoices.join(', ')}`,
    },
    (text) => udpChoices.find((choice) => choice === text),
  ),
  RINGDOWN_UDP_GATHER_MS: settingOr(
    '1',
    {
      description:
        'How long the batched socket gathers datagrams before it reads, in milliseconds. Only under load: saves CPU, costs each message up to this time. 0 never gathers.',
      expected: 'a whole number from 0 to 5',
    },
    (text) => (/^[0-5]$/.test(text) ? Number(text) : undefined),
  ),
  RINGDOWN_HTTP_HOST: settingOr(
    '127.0.0.1',
    { description: 'Address that HTTP listens on.', expected: hostExpected },
    host,
  ),
  RINGDOWN_HTTP_PORT: settingOr(
    '8080',
    { description: 'Port of HTTP: health, metrics, REST and its documentation.', expected: portExpected },
    port,
  ),
  RINGDOWN_GRPC_HOST: settingOr(
    '127.0.0.1',
    { description: 'Address that gRPC listens on.', expected: hostExpected },
    host,
  ),
  RINGDOWN_GRPC_PORT: settingOr('0', { description: 'Port of gRPC between services.', expected: portExpected }, port),
  RINGDOWN_PEER_CERTIFICATE: setting(
    {
      description:
        'This service’s certificate toward the other services, with RINGDOWN_PEER_KEY and RINGDOWN_PEER_CA. Its subjectAltName is `spiffe://<trust domain>/ringdown/<service>` or a DNS name that begins with the service’s. Read again when it changes.',
      expected: 'a PEM file',
      fallback: 'gRPC is not encrypted, and stays on this machine',
    },
    file,
  ),
  RINGDOWN_PEER_KEY: setting({ description: 'Private key of that certificate.', expected: 'a PEM file' }, file),
  RINGDOWN_PEER_CA: setting(
    {
      description: 'Certificates of the authority that the certificates of all services come from, and nobody else’s.',
      expected: 'a PEM file',
    },
    file,
  ),
  RINGDOWN_PEER_INSECURE: setting(
    {
      description:
        'Lets gRPC leave this machine without certificates, where a service mesh encrypts and proves who calls.',
      expected: 'mesh',
      fallback: 'it doesn’t',
    },
    (text) => (text === 'mesh' ? text : undefined),
  ),
  RINGDOWN_DATA_DIR: settingOr(
    '.ringdown',
    { description: 'Folder for the embedded Postgres and generated keys.', expected: 'a folder' },
    (text) => text,
  ),
  RINGDOWN_ADMIN_TOKEN: setting(
    {
      description:
        'Bearer key of the REST API. Location and edges that run alone serve theirs where it is given; the others need it.',
      expected: 'printable ASCII characters without spaces',
      fallback: 'generated at the first start',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  ),
  RINGDOWN_POSTGRES_URL: setting(
    {
      description: 'Postgres that holds the tables.',
      expected: 'a postgres:// URL',
      fallback: 'an embedded Postgres in the data folder',
      secret: true,
    },
    (text) => parseUrl(text, ['postgres:', 'postgresql:']),
  ),
  RINGDOWN_NATS_URL: setting(
    {
      description: 'NATS server, with JetStream, that carries events.',
      expected: 'a nats:// or tls:// URL',
      fallback: 'a bus inside the process',
      secret: true,
    },
    (text) => parseUrl(text, ['nats:', 'tls:']),
  ),
  RINGDOWN_NATS_REPLICAS: settingOr(
    '1',
    {
      description:
        'On how many nodes of a NATS cluster JetStream keeps each stream: 3 survive the loss of one. No more than the cluster has nodes, and alike in every process.',
      expected: 'a whole number from 1 to 5',
    },
    (text) => wholeNumber(text, 1, 5),
  ),
  RINGDOWN_LOCATION_URLS: setting(
    { description: 'Where location is served over gRPC.', expected: endpointsExpected, fallback: 'in the process' },
    endpoints,
  ),
  RINGDOWN_DIRECTORY_URLS: setting(
    { description: 'Where directory is served over gRPC.', expected: endpointsExpected, fallback: 'in the process' },
    endpoints,
  ),
  RINGDOWN_REGISTRAR_URLS: setting(
    {
      description: 'Registrars that edges reach over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process',
    },
    endpoints,
  ),
  RINGDOWN_REDIRECT_URLS: setting(
    {
      description: 'Redirect servers that edges reach over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process',
    },
    endpoints,
  ),
  RINGDOWN_FOCUS_URLS: setting(
    {
      description: 'Conference focuses: edges ask them over gRPC where a conference is, and reach them over SipLink.',
      expected: endpointsExpected,
      fallback: 'in the process; there are no conferences where services run apart',
    },
    endpoints,
  ),
  RINGDOWN_FOCUS_ID: settingOr(
    'focus-1',
    {
      description: 'Name of this conference focus, unique in the platform: calls under way name theirs.',
      expected: instanceNameExpected,
    },
    instanceName,
  ),
  RINGDOWN_FOCUS_MEDIA_HOSTS: settingOr(
    '127.0.0.1',
    {
      description:
        'Addresses that a conference focus takes media at, one for each family that it speaks; `10.0.0.5=203.0.113.5` is told to phones as the second.',
      expected:
        'a comma-separated list of one IPv4 and one IPv6 address at the most, each with =address behind it if need be',
    },
    parseMediaHosts,
  ),
  RINGDOWN_FOCUS_MEDIA_PORTS: settingOr(
    '20000-29999',
    {
      description: 'UDP ports of a conference focus for media; a member with audio alone takes two.',
      expected: 'two ports from 1024 to 65535 with a hyphen between them, the second higher by 3 at least',
    },
    parsePortRange,
  ),
  RINGDOWN_FOCUS_THREADS: setting(
    {
      description: 'Threads that mix the media of conferences.',
      expected: 'a whole number from 1 to 128',
      fallback: 'one less than the machine has cores, and one at least',
    },
    (text) => wholeNumber(text, 1, 128),
  ),
  RINGDOWN_FOCUS_RECORDINGS_DIR: setting(
    {
      description: 'Folder for recordings of conferences, one for each tenant in it.',
      expected: 'a folder',
      fallback: '`recordings` in the data folder',
    },
    file,
  ),
  RINGDOWN_RTPENGINE_URLS: setting(
    {
      description:
        'Where rtpengines take commands (ng protocol over UDP), alike on every edge. Calls under way know theirs by its id: an id that was used must not become that of another one.',
      expected: 'a comma-separated list of id@host:port, the id from 0 to 255, each once',
      fallback: 'media is not relayed',
    },
    (text) => parseIdentified(text, parseMediaNode),
  ),
  RINGDOWN_EDGE_ID: settingOr(
    'edge-1',
    { description: 'Name of this edge, unique in the platform.', expected: instanceNameExpected },
    instanceName,
  ),
  RINGDOWN_UDP_PINHOLES: settingOr(
    'shared',
    {
      description:
        'Whose the way back to a phone over UDP is. `shared`: all edges send from one address, a balancer that keeps source addresses, so any of them reaches a phone whose edge is dead. `owned`: only the edge where it registered does; its bindings are suspended with that edge.',
      expected: `one of ${pinholeChoices.join(', ')}`,
    },
    (text) => pinholeChoices.find((choice) => choice === text),
  ),
  RINGDOWN_LEASE_GRACE_SEC: settingOr(
    '60',
    {
      description:
        'How long location keeps what is bound to the flows of an edge that has fallen silent, in seconds. Until then it is suspended, and restored if the edge comes back.',
      expected: 'a whole number from 1 to 86400',
    },
    (text) => wholeNumber(text, 1, 86_400),
  ),
  RINGDOWN_WEBHOOK_TARGETS: settingOr(
    'public',
    {
      description:
        'Where webhooks of tenants may lead to: `public` lets them post by https to addresses of the public internet only; `any` also by http, and into private networks, which every tenant with access to the REST API can reach then.',
      expected: `one of ${webhookTargets.join(', ')}`,
    },
    (text) => webhookTargets.find((targets) => targets === text),
  ),
  RINGDOWN_RECORDS_RETENTION_DAYS: settingOr(
    '400',
    {
      description: 'How long accounting keeps the records of calls, in days. Older days are dropped as a whole.',
      expected: 'a whole number from 1 to 3660',
    },
    (text) => wholeNumber(text, 1, 3_660),
  ),
  RINGDOWN_RECORDS_MAX_CALL_SEC: settingOr(
    '86400',
    {
      description:
        'How long an answered call without session refreshes and without an end is taken to last at the most, in seconds: then its record is closed and marked.',
      expected: 'a whole number from 1 to 604800',
    },
    (text) => wholeNumber(text, 1, 604_800),
  ),
  RINGDOWN_RECORDS_MAX_SETUP_SEC: settingOr(
    '900',
    {
      description:
        'How long a call may be without an answer and without an end, in seconds: then its record is closed as lost, and marked.',
      expected: 'a whole number from 1 to 86400',
    },
    (text) => wholeNumber(text, 1, 86_400),
  ),
  RINGDOWN_DRAIN_NOTICE_SEC: setting(
    {
      description:
        'How long an edge that was told to end goes on as before, though not ready any more, in seconds: until the balancers have noticed. Without another edge it doesn’t wait.',
      expected: 'a whole number from 0 to 600',
      fallback: '5; 0 where all services run in one process',
    },
    (text) => wholeNumber(text, 0, 600),
  ),
  RINGDOWN_DRAIN_GRACE_SEC: setting(
    {
      description:
        'How long it then has at the most, in seconds: connections are closed within half of that, and what rings may go on to ring. On a conference focus conferences go on for so long. An orchestrator has to wait 10 s longer than both together before it kills the process.',
      expected: 'a whole number from 1 to 3600',
      fallback: '60; 9 where all services run in one process',
    },
    (text) => wholeNumber(text, 1, 3_600),
  ),
  RINGDOWN_SEAL_KEYS: setting(
    {
      description:
        'Keys that seal routes, nonces and temporary GRUUs, alike on every edge and registrar. The first seals, all of them open; keep an old one for as long as the longest call and the longest time between two REGISTERs of a device.',
      expected: 'a comma-separated list of id:key, the id from 0 to 255, the key 16 or 32 bytes in base64',
      fallback: 'generated at the first start',
      secret: true,
    },
    parseSealKeys,
  ),
  RINGDOWN_SEAL_KEYS_FILE: setting(
    {
      description:
        'A file with the keys instead, by commas or lines; a mounted secret, for instance. Read again when it changes, so that keys rotate while calls go on.',
      expected: 'a file',
    },
    file,
  ),
  RINGDOWN_TRACE_KEY: setting(
    {
      description: 'Key of the hash that makes trace ids of Call-IDs, alike in every process.',
      expected: 'at least 8 printable ASCII characters without spaces',
      fallback: 'an empty key',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]{8,}$/.test(text) ? text : undefined),
  ),
  RINGDOWN_LOG_LEVEL: settingOr(
    'info',
    { description: 'Least severe level that is logged.', expected: `one of ${logLevels.join(', ')}` },
    (text) => logLevels.find((level) => level === text),
  ),
  RINGDOWN_TRACE_SAMPLING: settingOr(
    '0.01',
    { description: 'Share of calls that are traced.', expected: 'a number from 0 to 1' },
    (text) => (/^(?:0|1|0?\.\d{1,9}|1\.0{1,9}|0\.\d{1,9})$/.test(text) ? Number(text) : undefined),
  ),
  RINGDOWN_METRICS_TENANTS: settingOr(
    '200',
    {
      description:
        'Tenants that have metrics of their own, on each edge the first that it sees; the rest are counted together as `other`.',
      expected: 'a whole number from 0 to 10000',
    },
    (text) => wholeNumber(text, 0, 10_000),
  ),
  RINGDOWN_CAPTURE_SEC: settingOr(
    '60',
    {
      description:
        'How long an edge keeps the messages that went over its flows, in seconds, for `ringdown trace`. 0 keeps none. What is secret in them is blanked before anybody sees it.',
      expected: 'a whole number from 0 to 3600',
    },
    (text) => wholeNumber(text, 0, 3_600),
  ),
  RINGDOWN_CAPTURE_MIB: settingOr(
    '64',
    {
      description:
        'Memory for these messages on each edge, in MiB. Where more comes within the time, the newest are kept; metrics show how far back they reach.',
      expected: 'a whole number from 1 to 4096',
    },
    (text) => wholeNumber(text, 1, 4_096),
  ),
  RINGDOWN_CAPTURE_KEPT_MIB: settingOr(
    '16',
    {
      description:
        'Memory on each edge for the messages of calls that failed, were slow to ring or were asked for, in MiB. They are kept for an hour, the newest calls first.',
      expected: 'a whole number from 1 to 4096',
    },
    (text) => wholeNumber(text, 1, 4_096),
  ),
  RINGDOWN_HEP_URL: setting(
    {
      description:
        'Capture server, such as Homer, that gets a copy of every SIP message of an edge as HEP version 3. Secrets in them are blanked.',
      expected: 'a udp:// URL with a port, such as udp://homer.example.com:9060',
      fallback: 'none gets any',
    },
    (text) => (text.startsWith('udp://') ? parseEndpoint(text.slice('udp://'.length)) : undefined),
  ),
  RINGDOWN_HEP_ID: settingOr(
    '2001',
    {
      description: 'The number that this edge has toward the capture server.',
      expected: 'a whole number from 0 to 4294967295',
    },
    (text) => wholeNumber(text, 0, 4_294_967_295),
  ),
  RINGDOWN_HEP_PASSWORD: setting(
    {
      description: 'What the capture server lets edges in with.',
      expected: 'printable ASCII characters without spaces',
      secret: true,
    },
    (text) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    {
      description: 'OpenTelemetry collector that takes traces by OTLP over HTTP.',
      expected: 'an http:// or https:// URL',
      fallback: 'traces are not exported',
    },
    (text) => parseUrl(text, ['http:', 'https:']),
  ),
});

/** The environment after validation, under the variables' own names. */
export type Environment = z.output<typeof settingsSchema>;

/** The note of each setting, in the order of the schema. */
export function settingNotes(): readonly (readonly [name: string, note: SettingNote])[] {
  return Object.entries(settingsSchema.shape).map(([name, schema]) => [name, schema.meta() as unknown as SettingNote]);
}
