import { isIP } from 'node:net';

/** A host and a port as they stand in a setting: the host may be a name, IPv4, or IPv6 without its brackets. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A key of the ring that seals tokens. The first of the list seals; all of them open. */
export interface SealKey {
  /** 0 to 255: stands in the token, so that it names the key that opens it. */
  readonly id: number;
  /** 16 or 32 bytes. */
  readonly key: Buffer;
}

/** An rtpengine's ng port. The id stands in the sealed routes of its calls, so it never means another one. */
export interface MediaNodeSetting extends Endpoint {
  /** 0 to 255. */
  readonly id: number;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const udpChoices = ['auto', 'batched', 'dgram'] as const;
/** Which socket SIP over UDP gets: `auto` is `batched` where the add-on is built, otherwise `dgram`. */
export type UdpChoice = (typeof udpChoices)[number];

export const webhookTargets = ['public', 'any'] as const;
/** Where tenants' webhooks may lead to: by https to the public internet, or anywhere. */
export type WebhookTargets = (typeof webhookTargets)[number];

export const pinholeChoices = ['shared', 'owned'] as const;
/** Whether a UDP pinhole serves all edges, which then send from one address, or the one that it was opened to. */
export type PinholeChoice = (typeof pinholeChoices)[number];

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;
const integerPattern = /^\d{1,9}$/;

/** Reads a whole number between two bounds, which it may equal. */
export function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return integerPattern.test(text) && value >= min && value <= max ? value : undefined;
}

/** Reads `host:port` or `[v6]:port`; undefined where the text is neither. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !hostPattern.test(host) || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

export function parseSealKey(text: string): SealKey | undefined {
  const match = /^(\d{1,3}):([A-Za-z0-9_+/-]+={0,2})$/.exec(text);
  if (match === null) return undefined;
  const id = Number(match[1]);
  const key = Buffer.from(match[2] ?? '', 'base64');
  return id <= 255 && (key.length === 16 || key.length === 32) ? { id, key } : undefined;
}

/** An address of media: what a socket is bound to, and what descriptions tell. */
export interface MediaHost {
  readonly family: 'IP4' | 'IP6';
  readonly bound: string;
  readonly advertised: string;
}

/** Reads `address` or `address=advertised`, one of each family at the most. */
export function parseMediaHosts(text: string): readonly MediaHost[] | undefined {
  const hosts = parseList(text, (item): MediaHost | undefined => {
    const [bound = '', advertised = bound, ...more] = item.split('=');
    const version = isIP(bound);
    if (version === 0 || isIP(advertised) !== version || more.length > 0) return undefined;
    return { family: version === 4 ? 'IP4' : 'IP6', bound, advertised };
  });
  return hosts !== undefined && new Set(hosts.map(({ family }) => family)).size === hosts.length ? hosts : undefined;
}

/** Ports from the first to the last, both among them. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export function parsePortRange(text: string): PortRange | undefined {
  const [first, last, ...more] = text.split('-').map((each) => wholeNumber(each, 1_024, 65_535));
  return first !== undefined && last !== undefined && more.length === 0 && last >= first + 3
    ? { first, last }
    : undefined;
}

export function parseMediaNode(text: string): MediaNodeSetting | undefined {
  const match = /^(\d{1,3})@(.+)$/.exec(text);
  const endpoint = parseEndpoint(match?.[2] ?? '');
  const id = Number(match?.[1]);
  return endpoint === undefined || !(id <= 255) ? undefined : { id, ...endpoint };
}

/** A list whose items have ids of their own. */
export function parseIdentified<Item extends { readonly id: number }>(
  text: string,
  parse: (item: string) => Item | undefined,
): readonly Item[] | undefined {
  const items = parseList(text, parse);
  return items !== undefined && new Set(items.map(({ id }) => id)).size === items.length ? items : undefined;
}

/** Reads the keys of a ring, separated by commas or lines, `#` before a comment; undefined where one is wrong, two have one id, or there is none. */
export function parseSealKeys(text: string): readonly SealKey[] | undefined {
  const keys: SealKey[] = [];
  for (const part of text.replace(/#.*$/gm, '').split(/[,\n]/)) {
    const item = part.trim();
    if (item === '') continue;
    const key = parseSealKey(item);
    if (key === undefined || keys.some(({ id }) => id === key.id)) return undefined;
    keys.push(key);
  }
  return keys.length === 0 ? undefined : keys;
}

export function parseList<Item>(text: string, parse: (item: string) => Item | undefined): readonly Item[] | undefined {
  const items: Item[] = [];
  for (const part of text.split(',')) {
    const item = parse(part.trim());
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

export function parseUrl(text: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return schemes.includes(url.protocol) && (url.hostname !== '' || url.searchParams.has('host')) ? text : undefined;
}

/** A name of one process among those of a service. */
export const instanceName = (text: string) => (/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(text) ? text : undefined);
export const host = (text: string) => (hostPattern.test(text) ? text : undefined);
export const port = (text: string) => (integerPattern.test(text) && Number(text) <= 65_535 ? Number(text) : undefined);
export const endpoints = (text: string) => parseList(text, parseEndpoint);

/** Where a file is: any text. */
export function file(text: string): string {
  return text;
}
