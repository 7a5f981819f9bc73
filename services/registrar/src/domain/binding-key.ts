import { formatUri, type Params, type SipUri, unescapeUri } from '@ringdown/sip-message';
import { canonicalHost } from './host.js';

const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]$/;

/** RFC 3261 §19.1.4: an unreserved character equals its escape; every other escape stays one, in upper case. */
function withoutNeedlessEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = unescapeUri(escape);
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

function sortedParams(params: Params): string {
  return [...params.entries()]
    .map(([name, value]) => {
      const written = withoutNeedlessEscapes(name).toLowerCase();
      return value === '' ? written : `${written}=${withoutNeedlessEscapes(value).toLowerCase()}`;
    })
    .sort()
    .map((param) => `;${param}`)
    .join('');
}

function sortedHeaders(headers: string | undefined): string {
  if (headers === undefined) return '';
  return `?${headers
    .split('&')
    .map((header) => {
      const [name = '', ...value] = header.split('=');
      return `${withoutNeedlessEscapes(name).toLowerCase()}=${withoutNeedlessEscapes(value.join('='))}`;
    })
    .sort()
    .join('&')}`;
}

/**
 * A text that is the same for two contact URIs if they are the same contact (RFC 3261 §10.3 step 7, §19.1.4): order and case of
 * parameters, needless escapes and the host's case don't matter; the user's case, an explicit port and headers do.
 *
 * One departure: §19.1.4 ignores a parameter that only one of the two URIs has, unless it is user, ttl, method, maddr or transport.
 * Such a comparison is not transitive (`x=1` and `x=2` differ, and both would equal no `x`), so no key can express it, and which binding
 * a REGISTER touches would depend on the order of earlier ones. Here a parameter always counts: two phones that
 * share an address and differ in `line=` or `rinstance=` stay two.
 */
export function bindingKey(uri: SipUri): string {
  const user = uri.user === undefined ? undefined : withoutNeedlessEscapes(uri.user);
  const password = uri.password === undefined ? undefined : withoutNeedlessEscapes(uri.password);
  const base = formatUri({
    ...uri,
    user,
    password,
    host: canonicalHost(uri.host),
    params: NO_PARAMS,
    headers: undefined,
  });
  return base + sortedParams(uri.params) + sortedHeaders(uri.headers);
}

/**
 * The key of one flow of a device (RFC 5626 §6): the instance and the reg-id stand for the contact, whatever its URI says. It begins as no URI does,
 * so it is never equal to the key of one.
 */
export function flowBindingKey(instance: string, regId: number): string {
  return `reg-id=${regId};+sip.instance=${instance}`;
}

const NO_PARAMS: Params = { size: 0, get: () => undefined, has: () => false, entries: () => [] };
