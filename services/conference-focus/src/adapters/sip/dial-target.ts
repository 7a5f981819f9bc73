import {
  addressOfRecord,
  formatUri,
  Header,
  type HeaderField,
  type Params,
  parseUri,
  type SipUri,
  unescapeUri,
} from '@ringdown/sip-message';

/** Whom the focus calls, and what its INVITE has beside the usual. */
export interface DialTarget {
  readonly kind: 'target';
  /** Without what is the URI's own to say about the request (RFC 3261 §19.1.5). */
  readonly requestUri: string;
  readonly addressOfRecord: string;
  readonly headers: readonly HeaderField[];
}

/** What a URI says that somebody wrote into a Refer-To (RFC 3515 §2.1): a method, and headers for the request. */
export interface ReferredUri {
  readonly method: string;
  readonly target: DialTarget;
}

/** Reads the URI of somebody to be called: sip, sips or tel. Of its headers Replaces alone is taken (RFC 4579 §5), the rest is dropped. */
export function referredUri(text: string): ReferredUri | undefined {
  const uri = parseUri(text);
  if (uri.kind === 'tel') {
    return {
      method: 'INVITE',
      target: { kind: 'target', requestUri: text, addressOfRecord: addressOfRecord(uri), headers: [] },
    };
  }
  if (uri.kind !== 'sip') return undefined;
  const requestUri = formatUri(withoutRequestParts(uri));
  const target: DialTarget = {
    kind: 'target',
    requestUri,
    addressOfRecord: addressOfRecord(uri),
    headers: replacesIn(uri.headers ?? ''),
  };
  return { method: (uri.params.get('method') ?? 'INVITE').toUpperCase(), target };
}

/** RFC 3261 §19.1.1, table 1: a Request-URI has neither method nor headers. */
function withoutRequestParts(uri: SipUri): SipUri {
  if (!uri.params.has('method')) return { ...uri, headers: undefined };
  const kept = uri.params.entries().filter(([name]) => name.toLowerCase() !== 'method');
  const find = (name: string): string | undefined =>
    kept.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const params: Params = { get: find, has: (name) => find(name) !== undefined, entries: () => kept, size: kept.length };
  return { ...uri, params, headers: undefined };
}

function replacesIn(headers: string): readonly HeaderField[] {
  for (const header of headers.split('&')) {
    const at = header.indexOf('=');
    if (at > 0 && unescapeUri(header.slice(0, at)).toLowerCase() === 'replaces')
      return [[Header.Replaces, unescapeUri(header.slice(at + 1))]];
  }
  return [];
}
