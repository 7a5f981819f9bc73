/** A message as a phone of the load reads it: by the plain rules of RFC 3261 §7, independent of the platform's own parser. */
export interface HeardMessage {
  readonly raw: string;
  /** Undefined in a response. */
  readonly method: string | undefined;
  /** Undefined in a request. */
  readonly status: number | undefined;
  readonly callId: string;
  readonly cseq: number;
  readonly cseqMethod: string;
  readonly branch: string;
  readonly fromTag: string;
  readonly toTag: string;
  /** All values of a header, by its lower-case long name, one for each field or element of a list. */
  readonly values: (name: string) => readonly string[];
}

const longNames: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
};
const none: readonly string[] = [];
/** Lists of these are cut at commas; nothing else that is read here may hold one outside of quotes. */
const lists = new Set(['via', 'record-route', 'route', 'contact']);

/** Undefined for what is no SIP message with the headers that every message has. */
export function hear(raw: string): HeardMessage | undefined {
  const headEnd = raw.indexOf('\r\n\r\n');
  const [start = '', ...lines] = raw.slice(0, headEnd === -1 ? raw.length : headEnd).split('\r\n');
  const isResponse = start.startsWith('SIP/2.0 ');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const written = line.slice(0, colon).trim().toLowerCase();
    const name = longNames[written] ?? written;
    const value = line.slice(colon + 1).trim();
    const values = headers.get(name);
    const added = lists.has(name) ? value.split(/,(?=\s*(?:<|SIP\/))/).map((each) => each.trim()) : [value];
    if (values === undefined) headers.set(name, added);
    else values.push(...added);
  }
  const [cseq = '', cseqMethod] = (headers.get('cseq')?.[0] ?? '').split(/\s+/);
  const callId = headers.get('call-id')?.[0];
  const branch = /;branch=([^;,\s]+)/.exec(headers.get('via')?.[0] ?? '')?.[1];
  if (callId === undefined || cseqMethod === undefined || branch === undefined) return undefined;
  return {
    raw,
    method: isResponse ? undefined : start.slice(0, start.indexOf(' ')),
    status: isResponse ? Number(start.slice(8, 11)) : undefined,
    callId,
    cseq: Number(cseq),
    cseqMethod,
    branch,
    fromTag: tagOf(headers.get('from')?.[0]),
    toTag: tagOf(headers.get('to')?.[0]),
    values: (name) => headers.get(name) ?? none,
  };
}

function tagOf(address: string | undefined): string {
  return /;tag=([^;\s]+)/.exec(address ?? '')?.[1] ?? '';
}

/** The URI of a Contact or Route value. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.replace(/;.*$/, '');
}
