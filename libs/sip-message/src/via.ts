import {
  COLON,
  COMMA,
  equalsIgnoringCase,
  LBRACKET,
  parseDigits,
  RBRACKET,
  SEMI,
  SLASH,
  skipLws,
  TOKEN,
} from './chars.js';
import { HeaderFailure } from './failure.js';
import { lowerCaseSlice, scanHost } from './host.js';
import { type Params, type ScannedParam, scanParam, TextParams } from './params.js';

/** One element of a Via header field (RFC 3261 §20.42, RFC 3581). */
export interface Via {
  readonly kind: 'via';
  /** Protocol name and version, `SIP/2.0`, without the white space that may stand around the slash. */
  readonly protocol: string;
  /** Upper case. */
  readonly transport: string;
  /** The sent-by host in lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  /** Without the brackets that some elements put around an IPv6 address (RFC 5118 §4.5). */
  readonly received: string | undefined;
  /** true: asked for and not yet filled in (RFC 3581 §3). */
  readonly rport: number | true | undefined;
  readonly maddr: string | undefined;
  readonly ttl: number | undefined;
  readonly params: Params;
}

/** What {@link scanVia} returns: the element, and the index of the comma or end that follows it. */
export class ScannedVia implements Via {
  readonly kind = 'via';
  readonly protocol: string;
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  readonly received: string | undefined;
  readonly rport: number | true | undefined;
  readonly maddr: string | undefined;
  readonly ttl: number | undefined;
  readonly end: number;
  /** The index of the first parameter's semicolon, or `end`. */
  readonly paramsStart: number;
  readonly #text: string;

  constructor(
    text: string,
    protocol: string,
    transport: string,
    host: string,
    port: number | undefined,
    found: FoundParams,
    paramsStart: number,
    end: number,
  ) {
    this.protocol = protocol;
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.branch = found.branch;
    this.received = found.received;
    this.rport = found.rport;
    this.maddr = found.maddr;
    this.ttl = found.ttl;
    this.end = end;
    this.#text = text;
    this.paramsStart = paramsStart;
  }

  /** The same Via in `text`, where its parameters stand at [paramsStart, end), with these two of them changed. */
  from(
    text: string,
    paramsStart: number,
    end: number,
    received: string | undefined,
    rport: number | undefined,
  ): ScannedVia {
    const { protocol, transport, host, port, branch, maddr, ttl } = this;
    return new ScannedVia(
      text,
      protocol,
      transport,
      host,
      port,
      { branch, received, rport, maddr, ttl },
      paramsStart,
      end,
    );
  }

  get params(): Params {
    return new TextParams(this.#text, this.paramsStart, this.end, false);
  }
}

interface FoundParams {
  branch: string | undefined;
  received: string | undefined;
  rport: number | true | undefined;
  maddr: string | undefined;
  ttl: number | undefined;
}

const scanned: ScannedParam = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };
const found: FoundParams = {
  branch: undefined,
  received: undefined,
  rport: undefined,
  maddr: undefined,
  ttl: undefined,
};

/** Reads one Via element, without anything after it but white space. */
export function parseVia(text: string): Via | HeaderFailure {
  const via = scanVia(text, 0, text.length);
  if (via instanceof HeaderFailure) return via;
  if (via.end !== text.length) return new HeaderFailure('via-syntax', via.end, 'More than one Via value');
  return via;
}

/** Reads the first element of text[start, end), where `end` is the end of the header value. Offsets count from 0 of `text`. */
export function scanVia(text: string, start: number, end: number): ScannedVia | HeaderFailure {
  // RFC 3261 §25.1: sent-protocol = protocol-name SLASH protocol-version SLASH transport, SLASH with white space around it.
  const nameStart = skipLws(text, start, end);
  const nameEnd = scanToken(text, nameStart, end);
  let at = skipLws(text, nameEnd, end);
  if (nameEnd === nameStart || text.charCodeAt(at) !== SLASH || at >= end) return syntax(at, 'no sent-protocol');
  const versionStart = skipLws(text, at + 1, end);
  const versionEnd = scanToken(text, versionStart, end);
  at = skipLws(text, versionEnd, end);
  if (versionEnd === versionStart || text.charCodeAt(at) !== SLASH || at >= end) return syntax(at, 'no sent-protocol');
  const transportStart = skipLws(text, at + 1, end);
  const transportEnd = scanToken(text, transportStart, end);
  const hostStart = skipLws(text, transportEnd, end);
  if (transportEnd === transportStart || hostStart === transportEnd) return syntax(transportEnd, 'no transport');
  const hostEnd = scanHost(text, hostStart, end);
  if (hostEnd === -1) return syntax(hostStart, 'the sent-by host is malformed');
  let port: number | undefined;
  at = skipLws(text, hostEnd, end);
  if (at < end && text.charCodeAt(at) === COLON) {
    const portStart = skipLws(text, at + 1, end);
    let portEnd = portStart;
    while (portEnd < end && TOKEN[text.charCodeAt(portEnd)] === 1) portEnd++;
    port = parseDigits(text, portStart, portEnd, 65535);
    if (port === -1) return syntax(portStart, 'the port is no number from 0 to 65535');
    at = skipLws(text, portEnd, end);
  }
  const paramsStart = at;
  found.branch = undefined;
  found.received = undefined;
  found.rport = undefined;
  found.maddr = undefined;
  found.ttl = undefined;
  while (at < end && text.charCodeAt(at) === SEMI) {
    const next = scanParam(text, at, end, scanned);
    if (next < 0) return syntax(-next - 1, 'a parameter is malformed');
    if (!keepParam(text)) return syntax(scanned.nameStart, 'a parameter has a value it may not have, or comes twice');
    at = next;
  }
  if (at < end && text.charCodeAt(at) !== COMMA) return syntax(at, 'an unexpected character');
  return new ScannedVia(
    text,
    protocolAt(text, nameStart, nameEnd, versionStart, versionEnd),
    transportAt(text, transportStart, transportEnd),
    lowerCaseSlice(text, hostStart, hostEnd),
    port,
    found,
    paramsStart,
    at,
  );
}

function syntax(offset: number, what: string): HeaderFailure {
  return new HeaderFailure('via-syntax', offset, `Malformed Via: ${what}`);
}

function scanToken(text: string, at: number, end: number): number {
  while (at < end && TOKEN[text.charCodeAt(at)] === 1) at++;
  return at;
}

function protocolAt(
  text: string,
  nameStart: number,
  nameEnd: number,
  versionStart: number,
  versionEnd: number,
): string {
  if (text.startsWith('SIP/2.0', nameStart) && versionEnd === nameStart + 7) return 'SIP/2.0';
  return `${text.slice(nameStart, nameEnd).toUpperCase()}/${text.slice(versionStart, versionEnd)}`;
}

function transportAt(text: string, start: number, end: number): string {
  const length = end - start;
  if (length === 3) {
    if (equalsIgnoringCase(text, start, 'udp')) return 'UDP';
    if (equalsIgnoringCase(text, start, 'tcp')) return 'TCP';
    if (equalsIgnoringCase(text, start, 'tls')) return 'TLS';
  }
  return text.slice(start, end).toUpperCase();
}

/** Keeps the parameter in `scanned` if the Via machinery uses it. False when its value is impossible or it comes twice. */
function keepParam(text: string): boolean {
  const { nameStart, valueStart, valueEnd } = scanned;
  switch (scanned.nameEnd - nameStart) {
    case 3:
      if (!equalsIgnoringCase(text, nameStart, 'ttl')) return true;
      if (found.ttl !== undefined) return false;
      found.ttl = valueStart === -1 ? -1 : parseDigits(text, valueStart, valueEnd, 255);
      return found.ttl !== -1;
    case 5:
      if (equalsIgnoringCase(text, nameStart, 'maddr')) {
        if (valueStart === -1 || found.maddr !== undefined) return false;
        found.maddr = lowerCaseSlice(text, valueStart, valueEnd);
        return true;
      }
      return equalsIgnoringCase(text, nameStart, 'rport') ? keepRport(text) : true;
    case 6:
      if (!equalsIgnoringCase(text, nameStart, 'branch')) return true;
      if (valueStart === -1 || found.branch !== undefined) return false;
      found.branch = text.slice(valueStart, valueEnd);
      return true;
    case 8:
      if (!equalsIgnoringCase(text, nameStart, 'received')) return true;
      if (valueStart === -1 || found.received !== undefined) return false;
      found.received =
        text.charCodeAt(valueStart) === LBRACKET && text.charCodeAt(valueEnd - 1) === RBRACKET
          ? text.slice(valueStart + 1, valueEnd - 1)
          : text.slice(valueStart, valueEnd);
      return true;
    default:
      return true;
  }
}

function keepRport(text: string): boolean {
  if (found.rport !== undefined) return false;
  if (scanned.valueStart === -1) {
    found.rport = true;
    return true;
  }
  found.rport = parseDigits(text, scanned.valueStart, scanned.valueEnd, 65535);
  return found.rport !== -1;
}
