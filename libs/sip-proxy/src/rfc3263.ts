import type { SipUri } from '@ringdown/sip-message';
import { orderServers, type SrvRecord } from './srv-order.js';

/** A transport a target can be reached by, as named in Via. */
export type TargetTransport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/** One NAPTR record (RFC 3403 §4.1). */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** One question for the DNS. */
export interface DnsQuestion {
  readonly type: 'NAPTR' | 'SRV' | 'A' | 'AAAA';
  readonly name: string;
}

/** What the DNS said to one question. No such name or no such record is an empty list; no answer at all is `unavailable`. */
export type DnsAnswer =
  | { readonly type: 'NAPTR'; readonly records: readonly NaptrRecord[] }
  | { readonly type: 'SRV'; readonly records: readonly SrvRecord[] }
  | { readonly type: 'A' | 'AAAA'; readonly addresses: readonly string[] }
  | { readonly type: 'unavailable' };

/** One place to send to: an address literal (IPv6 without brackets), and the name it was found by, for certificate checks. */
export interface ResolvedTarget {
  readonly transport: TargetTransport;
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

export interface LocateOptions {
  /** Transports this element speaks, the preferred first. */
  readonly transports: readonly TargetTransport[];
  /** Address families this element can send to, the preferred first. */
  readonly families: readonly ('A' | 'AAAA')[];
  /** A number in [0, 1) for SRV weights (RFC 2782). */
  readonly random: () => number;
}

/**
 * A step of the search. `ask` names questions that may be asked at the same time; `resume` takes their answers in the
 * same order. `targets` is the whole ordered list to try, the first being the best (never empty).
 */
export type LocateStep =
  | { readonly kind: 'targets'; readonly targets: readonly ResolvedTarget[] }
  | {
      readonly kind: 'ask';
      readonly questions: readonly DnsQuestion[];
      readonly resume: (answers: readonly DnsAnswer[]) => LocateStep;
    }
  | { readonly kind: 'failure'; readonly code: LocateFailureCode; readonly reason: string };

export type LocateFailureCode = 'transport-not-supported' | 'no-address' | 'service-refused' | 'dns-unavailable';

/** A name and port whose addresses are still to be found. */
interface Server {
  readonly transport: TargetTransport;
  readonly name: string;
  readonly port: number;
}

interface SrvChoice {
  readonly transport: TargetTransport;
  readonly name: string;
}

// What one search may ask and return is bounded, whatever the zone holds.
const MAX_SRV_NAMES = 6;
const MAX_SERVERS = 8;
const MAX_TARGETS = 16;

// RFC 3263 §4.1 and RFC 7118 §5 (D2W): the service field of a NAPTR record.
const TRANSPORT_OF_SERVICE: Readonly<Record<string, TargetTransport>> = {
  'SIP+D2U': 'UDP',
  'SIP+D2T': 'TCP',
  'SIPS+D2T': 'TLS',
  'SIP+D2W': 'WS',
  'SIPS+D2W': 'WSS',
};

const SRV_PREFIX: Readonly<Record<TargetTransport, string>> = {
  UDP: '_sip._udp.',
  TCP: '_sip._tcp.',
  TLS: '_sips._tcp.',
  WS: '_sip._ws.',
  WSS: '_sips._ws.',
};

/**
 * Where a request for `uri` goes, by RFC 3263 §4: either the ordered targets at once (a numeric host needs no DNS), or
 * the next questions to ask. Pure: the caller asks the DNS and calls `resume`.
 * @param uri the next hop's URI (RFC 3261 §16.6 step 7), already past strict-router repair.
 */
export function locate(uri: SipUri, options: LocateOptions): LocateStep {
  // RFC 3263 §4: TARGET is the maddr parameter if present, otherwise the host.
  const target = unbracket(uri.params.get('maddr') || uri.host);
  const secure = uri.scheme === 'sips';
  const named = uri.params.get('transport');
  const explicit = named === undefined ? undefined : transportNamed(named, secure);
  if (named !== undefined && (explicit === undefined || !options.transports.includes(explicit))) {
    return {
      kind: 'failure',
      code: 'transport-not-supported',
      reason: `transport=${named}${secure ? ' of a sips URI' : ''} is not spoken here`,
    };
  }
  const numeric = isAddress(target);
  if (explicit === undefined && !numeric && uri.port === undefined) return askNaptr(target, secure, options);

  // RFC 3263 §4.1: with no transport given, a numeric host or an explicit port means UDP, or TLS over TCP for sips.
  const transport = explicit ?? fallbackTransport(secure);
  if (!options.transports.includes(transport)) return unsupported(transport);
  if (numeric) {
    const port = uri.port ?? defaultPort(transport);
    return { kind: 'targets', targets: [{ transport, host: target, port, serverName: target }] };
  }
  // RFC 3263 §4.2: a port rules SRV out; a transport without one asks the SRV record of that transport.
  if (uri.port !== undefined) return askAddresses([{ transport, name: target, port: uri.port }], options);
  return askSrv([{ transport, name: SRV_PREFIX[transport] + target }], target, transport, options);
}

function askNaptr(target: string, secure: boolean, options: LocateOptions): LocateStep {
  return {
    kind: 'ask',
    questions: [{ type: 'NAPTR', name: target }],
    resume: ([answer]) => {
      const records = answer?.type === 'NAPTR' ? answer.records : [];
      const usable = usableServices(records, secure, options);
      const choices =
        usable.length > 0
          ? usable
          : // RFC 3263 §4.1: no usable NAPTR record: an SRV query for each transport that is supported.
            options.transports
              .filter((transport) => !secure || isSecure(transport))
              .map((transport) => ({ transport, name: SRV_PREFIX[transport] + target }));
      return askSrv(choices.slice(0, MAX_SRV_NAMES), target, fallbackTransport(secure), options);
    },
  };
}

function usableServices(records: readonly NaptrRecord[], secure: boolean, options: LocateOptions): SrvChoice[] {
  const usable = records.filter((record) => {
    const transport = TRANSPORT_OF_SERVICE[record.service.toUpperCase()];
    // RFC 3263 §4.1: services that aren't supported are discarded; of a sips URI also those that aren't SIPS.
    return (
      transport !== undefined &&
      options.transports.includes(transport) &&
      (!secure || isSecure(transport)) &&
      record.flags.toLowerCase() === 's' &&
      record.regexp === '' &&
      record.replacement !== ''
    );
  });
  const lowestOrder = Math.min(...usable.map((record) => record.order));
  return usable
    .filter((record) => record.order === lowestOrder) // RFC 3403 §4.1: after a match, higher orders are not considered.
    .sort((a, b) => a.preference - b.preference)
    .map((record) => ({
      transport: TRANSPORT_OF_SERVICE[record.service.toUpperCase()] as TargetTransport,
      name: withoutTrailingDot(record.replacement),
    }));
}

function askSrv(
  choices: readonly SrvChoice[],
  target: string,
  fallback: TargetTransport,
  options: LocateOptions,
): LocateStep {
  if (choices.length === 0) return askFallback(target, fallback, options);
  return {
    kind: 'ask',
    questions: choices.map((choice) => ({ type: 'SRV', name: choice.name })),
    resume: (answers) => {
      const servers: Server[] = [];
      let refused = false;
      choices.forEach((choice, index) => {
        const answer = answers[index];
        if (answer?.type !== 'SRV') return;
        for (const record of orderServers(answer.records, options.random)) {
          const name = withoutTrailingDot(record.target);
          // RFC 2782: a target of "." says that the service is decidedly not offered here.
          if (name === '') refused = true;
          else servers.push({ transport: choice.transport, name, port: record.port });
        }
      });
      if (servers.length > 0) return askAddresses(servers.slice(0, MAX_SERVERS), options);
      if (refused) return { kind: 'failure', code: 'service-refused', reason: `${target} offers no SIP service` };
      return askFallback(target, fallback, options);
    },
  };
}

/** RFC 3263 §4.1 and §4.2: no SRV record was found, so the name's own addresses and the default port. */
function askFallback(target: string, transport: TargetTransport, options: LocateOptions): LocateStep {
  if (!options.transports.includes(transport)) return unsupported(transport);
  return askAddresses([{ transport, name: target, port: defaultPort(transport) }], options);
}

function askAddresses(servers: readonly Server[], options: LocateOptions): LocateStep {
  const questions: DnsQuestion[] = [];
  const asked = new Map<string, number>();
  for (const server of servers) {
    if (isAddress(server.name) || asked.has(server.name)) continue;
    asked.set(server.name, questions.length);
    for (const type of options.families) questions.push({ type, name: server.name });
  }
  const resume = (answers: readonly DnsAnswer[]): LocateStep => {
    const targets: ResolvedTarget[] = [];
    for (const server of servers) {
      for (const host of addressesOf(server.name, asked, answers, options.families.length)) {
        if (targets.length >= MAX_TARGETS) break;
        targets.push({ transport: server.transport, host, port: server.port, serverName: server.name });
      }
    }
    if (targets.length > 0) return { kind: 'targets', targets };
    const names = [...new Set(servers.map((server) => server.name))].join(', ');
    if (answers.length > 0 && answers.every((answer) => answer.type === 'unavailable')) {
      return { kind: 'failure', code: 'dns-unavailable', reason: `the DNS did not answer for ${names}` };
    }
    return { kind: 'failure', code: 'no-address', reason: `${names} has no address` };
  };
  return questions.length === 0 ? resume([]) : { kind: 'ask', questions, resume };
}

function addressesOf(
  name: string,
  asked: ReadonlyMap<string, number>,
  answers: readonly DnsAnswer[],
  families: number,
): readonly string[] {
  const first = asked.get(name);
  if (first === undefined) return [name];
  const addresses: string[] = [];
  for (let index = first; index < first + families; index++) {
    const answer = answers[index];
    if (answer?.type === 'A' || answer?.type === 'AAAA') addresses.push(...answer.addresses);
  }
  return addresses;
}

function transportNamed(parameter: string, secure: boolean): TargetTransport | undefined {
  switch (parameter.toLowerCase()) {
    case 'udp':
      return secure ? undefined : 'UDP'; // RFC 3261 §26.2.2: sips needs TLS on every hop.
    case 'tcp':
      return secure ? 'TLS' : 'TCP';
    case 'tls': // RFC 3261 §26.2.2 deprecates it; peers still write it.
      return 'TLS';
    case 'ws':
      return secure ? 'WSS' : 'WS';
    case 'wss':
      return 'WSS';
    default:
      return undefined;
  }
}

function fallbackTransport(secure: boolean): TargetTransport {
  return secure ? 'TLS' : 'UDP';
}

function isSecure(transport: TargetTransport): boolean {
  return transport === 'TLS' || transport === 'WSS';
}

/** The port a URI means when it names none, in RFC 3261 §19.1.2 and RFC 7118 §5.1 (80 and 443 for WebSocket). */
export function defaultPort(transport: TargetTransport): number {
  switch (transport) {
    case 'TLS':
      return 5061;
    case 'WS':
      return 80;
    case 'WSS':
      return 443;
    default:
      return 5060;
  }
}

function unsupported(transport: TargetTransport): LocateStep {
  return { kind: 'failure', code: 'transport-not-supported', reason: `${transport} is not spoken here` };
}

function unbracket(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : withoutTrailingDot(host);
}

function withoutTrailingDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

function isAddress(host: string): boolean {
  return host.includes(':') || IPV4.test(host);
}
