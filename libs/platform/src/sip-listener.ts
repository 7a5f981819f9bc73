import { isIP } from 'node:net';

export const sipTransports = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const;
export type SipTransport = (typeof sipTransports)[number];

/** Where certificates are: two PEM files, or a folder that holds such pairs. */
export type CertificateSource =
  | { readonly kind: 'pair'; readonly certificatePath: string; readonly keyPath: string }
  | { readonly kind: 'folder'; readonly path: string };

/** One address that SIP listens on, as the settings want it. */
export interface SipListener {
  readonly transport: SipTransport;
  /** The address to bind: a name, IPv4, or IPv6 without its brackets. */
  readonly host: string;
  /** 0: any free one; UDP and TCP of one host get the same. */
  readonly port: number;
  /** What peers are told instead; the host may be a name, IPv6 has no brackets. */
  readonly advertisedHost: string | undefined;
  readonly advertisedPort: number | undefined;
  /** Networks of balancers, as CIDR: a connection from there begins with a PROXY protocol header. */
  readonly proxyFrom: readonly string[];
  /** Origins that a WebSocket handshake may name; undefined: any. */
  readonly origins: readonly string[] | undefined;
  /** PEM file of the authorities whose client certificates are taken; undefined: none are asked for. */
  readonly clientCaPath: string | undefined;
  /** Whether a connection without such a certificate is refused. */
  readonly clientRequired: boolean;
  /** Connections of all peers together, and of one address; undefined: as many as the port takes by itself. */
  readonly maxConnections: number | undefined;
  readonly maxConnectionsPerHost: number | undefined;
  /** This listener's own certificates; undefined: those of RINGDOWN_TLS_CERTIFICATES. */
  readonly certificates: readonly CertificateSource[] | undefined;
  /** The variables that a person changes where host or port can't be had. */
  readonly settings: { readonly host: string; readonly port: string };
}

/** What is wrong with a text, as the end of a sentence. */
export interface Misfit {
  readonly misfit: string;
}

/** The ports of listeners that name none. */
const defaultPorts: Readonly<Record<SipTransport, number>> = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 5080, WSS: 5443 };

const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const streams: readonly SipTransport[] = ['TCP', 'TLS', 'WS', 'WSS'];
/** Which transports a parameter is for. */
const parameters: Readonly<Record<string, readonly SipTransport[]>> = {
  advertise: sipTransports,
  proxy: streams,
  origins: ['WS', 'WSS'],
  certificates: ['TLS', 'WSS'],
  'client-ca': ['TLS'],
  client: ['TLS'],
  connections: streams,
  'connections-per-host': streams,
};

/** The five listeners of an edge that is told nothing but a host and a port: TLS and WebSocket have their own ports, or any where the port is 0. */
export function defaultSipListeners(
  host: string,
  port: number,
  advertisedHost: string | undefined,
): readonly SipListener[] {
  return sipTransports.map((transport) => {
    const isBase = transport === 'UDP' || transport === 'TCP';
    return {
      ...bare(transport, host, isBase || port === 0 ? port : defaultPorts[transport]),
      advertisedHost,
      settings: { host: 'RINGDOWN_SIP_HOST', port: isBase ? 'RINGDOWN_SIP_PORT' : listenersVariable },
    };
  });
}

const listenersVariable = 'RINGDOWN_SIP_LISTENERS';

/** Reads a comma-separated list of listeners. */
export function parseSipListeners(text: string): readonly SipListener[] | Misfit {
  const listeners: SipListener[] = [];
  for (const part of text.split(',')) {
    const item = part.trim();
    const listener = parseSipListener(item);
    if ('misfit' in listener) return { misfit: `${JSON.stringify(item)}: ${listener.misfit}` };
    const { transport, host, port } = listener;
    const isTwice = listeners.some((each) => each.transport === transport && each.host === host && each.port === port);
    if (isTwice && port !== 0) return { misfit: `${JSON.stringify(item)} stands there twice` };
    listeners.push(listener);
  }
  return listeners;
}

/** Reads one listener: `tls://[::]:5061?advertise=sip.example.com&proxy=10.0.0.0/8`. */
export function parseSipListener(text: string): SipListener | Misfit {
  const parts = /^([A-Za-z]+):\/\/(\[[^\]]*\]|[^:/?#[\]]*)(?::(\d{1,5}))?\/?(?:\?(.*))?$/.exec(text);
  if (parts === null) return { misfit: 'a listener is written like udp://0.0.0.0:5060' };
  const [, scheme = '', writtenHost = '', writtenPort, query = ''] = parts;
  const transport = sipTransports.find((each) => each === scheme.toUpperCase());
  if (transport === undefined)
    return { misfit: `the transport must be one of ${sipTransports.join(', ').toLowerCase()}` };
  const host = parseHost(writtenHost);
  if (host === undefined) return { misfit: 'the host must be a name, an IPv4 address, or an IPv6 address in brackets' };
  const port = writtenPort === undefined ? defaultPorts[transport] : Number(writtenPort);
  if (port > 65_535) return { misfit: 'the port must be from 0 to 65535' };
  const listener = bare(transport, host, port);
  for (const [name, value] of new URLSearchParams(query)) {
    const applicable = parameters[name];
    if (applicable === undefined)
      return { misfit: `${name} is no parameter (there are ${Object.keys(parameters).join(', ')})` };
    if (!applicable.includes(transport))
      return { misfit: `${name} is for ${applicable.join(', ').toLowerCase()} only` };
    const changed = parameter(name, value);
    if ('misfit' in changed) return changed;
    Object.assign(listener, changed);
  }
  if (port === 0 && listener.advertisedPort !== undefined)
    return { misfit: 'a port is advertised, but none is given to listen on' };
  if (listener.clientRequired && listener.clientCaPath === undefined)
    return { misfit: 'client=required needs client-ca, the authorities whose certificates are taken' };
  return listener;
}

/** Reads `cert.pem:key.pem`, or a folder; undefined where the text is neither. */
export function parseCertificateSource(text: string): CertificateSource | undefined {
  const [first = '', second, ...more] = text.split(':');
  if (first === '' || second === '' || more.length > 0) return undefined;
  return second === undefined
    ? { kind: 'folder', path: first }
    : { kind: 'pair', certificatePath: first, keyPath: second };
}

function bare(transport: SipTransport, host: string, port: number): SipListener {
  return {
    transport,
    host,
    port,
    advertisedHost: undefined,
    advertisedPort: undefined,
    proxyFrom: [],
    origins: undefined,
    clientCaPath: undefined,
    clientRequired: false,
    maxConnections: undefined,
    maxConnectionsPerHost: undefined,
    certificates: undefined,
    settings: { host: listenersVariable, port: listenersVariable },
  };
}

function parameter(name: string, value: string): Partial<SipListener> | Misfit {
  switch (name) {
    case 'advertise': {
      const parts = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(value);
      const host = parts === null ? undefined : parseHost(parts[1] ?? '');
      const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
      if (host === undefined || isWildcard(host) || port === 0 || (port ?? 1) > 65_535)
        return { misfit: 'advertise must be a host that peers can reach, or host:port' };
      return { advertisedHost: host, advertisedPort: port };
    }
    case 'proxy': {
      const networks = items(value);
      if (networks.length === 0 || !networks.every(isNetwork))
        return { misfit: 'proxy must be networks like 10.0.0.0/8, with | between them' };
      return { proxyFrom: networks };
    }
    case 'origins': {
      const origins = items(value);
      if (origins.length === 0 || !origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
        return { misfit: 'origins must be origins like https://phone.example.com, with | between them' };
      return { origins };
    }
    case 'certificates': {
      const sources = items(value).map(parseCertificateSource);
      const known = sources.filter((source) => source !== undefined);
      if (known.length === 0 || known.length < sources.length)
        return { misfit: 'certificates must be cert:key files or a folder, with | between them' };
      return { certificates: known };
    }
    case 'client-ca':
      return value === '' ? { misfit: 'client-ca must be a file' } : { clientCaPath: value };
    case 'connections':
    case 'connections-per-host': {
      const count = Number(value);
      if (!/^\d{1,7}$/.test(value) || count === 0)
        return { misfit: `${name} must be a whole number from 1 to 9999999` };
      return name === 'connections' ? { maxConnections: count } : { maxConnectionsPerHost: count };
    }
    default:
      if (value !== 'required' && value !== 'optional') return { misfit: 'client must be required or optional' };
      return { clientRequired: value === 'required' };
  }
}

function items(text: string): readonly string[] {
  return text.split('|').filter((item) => item !== '');
}

function parseHost(written: string): string | undefined {
  if (written.startsWith('[')) {
    const host = written.slice(1, -1);
    return isIP(host) === 6 ? host : undefined;
  }
  return namePattern.test(written) ? written : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Whether an address to bind stands for every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
