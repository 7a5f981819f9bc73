import { parseMessage, type SipRequest } from '@ringdown/sip-message';
import type { Flow, HostPort, TransportName } from '@ringdown/sip-transport';

/** A request that nobody has sent. */
export interface RehearsedCall {
  readonly method: string;
  /** A URI. */
  readonly from: string;
  /** A URI: who is called, or for a REGISTER the domain. */
  readonly to: string;
  readonly transport: Exclude<TransportName, 'SIPLINK'>;
  /** Where it would come from; undefined where that isn't known, and a caller from outside is believed. */
  readonly source: HostPort | undefined;
  /** The digest username that the caller would sign in with; undefined: the user part of its address. */
  readonly username: string | undefined;
}

/** Nobody's address (RFC 5737). */
const unknownSource: HostPort = { host: '192.0.2.0', port: 5060 };

/** The request as a phone would send it, without credentials. Undefined where from or to can't stand in one. */
export function requestOf({
  method,
  from,
  to,
  transport,
  source = unknownSource,
}: RehearsedCall): SipRequest | undefined {
  const isRegister = method === 'REGISTER';
  const host = source.host.includes(':') ? `[${source.host}]` : source.host;
  const text = [
    `${method} ${to} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${host}:${source.port};branch=z9hG4bKrehearsal`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=rehearsal`,
    `To: <${isRegister ? from : to}>`,
    'Call-ID: rehearsal',
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const parsed = parseMessage(text);
  return parsed.kind === 'request' ? parsed : undefined;
}

/** The flow that it would come over. Nothing can be sent on it. */
export function flowOf({ transport, source = unknownSource }: RehearsedCall, local: HostPort): Flow {
  const flow: Flow = {
    id: 0,
    transport,
    reliable: transport !== 'UDP',
    local,
    remote: source,
    closed: true,
    send: () => false,
    flowTo: () => flow,
    close: () => undefined,
  };
  return flow;
}
