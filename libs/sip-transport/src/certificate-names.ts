import { X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { compressIpv6 } from './host-port.js';

/**
 * The subjectAltNames of a certificate that can name a SIP element: DNS names and URIs in small letters, IP addresses as the system
 * writes them. A common name is none (RFC 9525 §2).
 */
export function certificateNames(certificate: X509Certificate): readonly string[] {
  const names: string[] = [];
  const entries = /(?:^|, )([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,]*)/g;
  for (const [, type, text = ''] of (certificate.subjectAltName ?? '').matchAll(entries)) {
    // Node quotes what could be taken for the end of a name.
    const value = text.startsWith('"') ? unquoted(text) : text;
    if (value === undefined || value === '') continue;
    if (type === 'DNS' || type === 'URI') names.push(value.toLowerCase());
    else if (type === 'IP Address') names.push(isIPv6(value) ? compressIpv6(value) : value);
  }
  return names;
}

/** The same, of a certificate as TLS gives it; none where there is no certificate. */
export function namesIn({ raw }: Partial<PeerCertificate>): readonly string[] {
  return raw === undefined ? [] : certificateNames(new X509Certificate(raw));
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a certificate with these names stands for the SIP domain or address (RFC 5922 §7). SIP URIs without a user part are its
 * identities, or DNS names where it has none; no wildcard matches (§7.2).
 */
export function isCertifiedFor(names: readonly string[], domain: string): boolean {
  const wanted = canonicalHost(domain);
  if (isIP(wanted) !== 0 && names.includes(wanted)) return true;
  const identities = names.flatMap((name) => (isUri(name) ? sipDomain(name) : []));
  if (identities.length > 0) return identities.includes(wanted);
  return (
    isIP(wanted) === 0 && !wanted.includes('*') && names.some((name) => !isUri(name) && canonicalHost(name) === wanted)
  );
}

function canonicalHost(host: string): string {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIPv6(bare) ? compressIpv6(bare) : bare.toLowerCase().replace(/\.$/, '');
}

function isUri(name: string): boolean {
  return name.includes(':') && isIP(name) === 0;
}

/** The domain that a `sip` URI without a user part names, as a list of one; none for any other URI. */
function sipDomain(uri: string): readonly string[] {
  const host = /^sip:(\[[^\]]+\]|[^@:;?]+)(?:[:;?][^@]*)?$/.exec(uri)?.[1];
  return host === undefined ? [] : [canonicalHost(host)];
}
