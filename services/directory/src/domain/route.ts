import { type FieldError, type Parsed, parsed, rejected } from '@ringdown/platform/commands';
import { parseDomainName } from './domain-name.js';
import type { Written } from './tenant.js';
import type { TenantId } from './tenant-id.js';

/** What a route is for: a host pattern (exact, "*.example.com", "*") or the first digits of numbers. */
export type RouteMatch =
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'number-prefix'; readonly numberPrefix: string };

export interface RedirectContact {
  readonly uri: string;
  /** RFC 3261 §20.10 q, in thousandths: 0 to 1000. */
  readonly qThousandths: number;
}

export type RedirectStatus = 300 | 301 | 302;

export type RouteAction =
  | { readonly kind: 'redirect'; readonly statusCode: RedirectStatus; readonly contacts: readonly RedirectContact[] }
  | { readonly kind: 'next-hop'; readonly uri: string }
  | { readonly kind: 'session'; readonly service: string };

/** Whether the far side belongs to the trust domain (RFC 3325 §2.3). */
export type RouteTrustClass = 'untrusted' | 'peer';

export interface RouteDefinition {
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly trustClass: RouteTrustClass;
}

export interface Route extends RouteDefinition, Written {
  readonly tenantId: TenantId;
  readonly routeId: string;
}

/** Reads a host pattern: a domain, "*." before a domain for all that lies below it, or "*". */
export function parseDomainPattern(text: string): Parsed<string> {
  if (text === '*') return parsed(text);
  const below = text.startsWith('*.');
  const domain = parseDomainName(below ? text.slice(2) : text);
  if (!domain.ok)
    return rejected(`${domain.detail}; or *.example.com for everything below a domain, or * for every domain`);
  if (below && /^[[0-9]/.test(domain.value)) return rejected('nothing lies below an IP address');
  return parsed(below ? `*.${domain.value}` : domain.value);
}

// RFC 3261 §25.1 in outline, without the characters that would end a name-addr: the proxy parses it in full.
const SIP_URI =
  /^sips?:(?:[\x21\x23-\x3b\x3d\x3f\x41-\x7e]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?([;?][\x21\x23-\x3b\x3d\x3f\x41-\x7e]*)?$/i;
const TEL_URI = /^tel:[+0-9A-Fa-f*#().-]+(?:;[\x21\x23-\x3b\x3d\x3f-\x7e]*)?$/i;

/** Reads a SIP or SIPS URI that names a host which exists in form. */
export function parseSipUri(text: string): Parsed<string> {
  const match = text.length <= 512 ? SIP_URI.exec(text) : null;
  if (match === null) return rejected('must be a SIP URI such as sip:gateway.example.com;transport=tcp');
  const host = parseDomainName(match[1]!);
  if (!host.ok) return rejected(`has a host that ${host.detail}`);
  if (match[2] !== undefined && (Number(match[2]) === 0 || Number(match[2]) > 65535)) {
    return rejected('has a port that is not between 1 and 65535');
  }
  return parsed(text);
}

/** Reads what a redirect may answer as a contact: a SIP, SIPS or tel URI. */
export function parseContactUri(text: string): Parsed<string> {
  if (text.length <= 512 && TEL_URI.test(text)) return parsed(text);
  const uri = parseSipUri(text);
  return uri.ok ? uri : rejected('must be a SIP or tel URI such as sip:bob@example.net');
}

/** The rules between fields. Empty when the route is sound. */
export function routeErrors(route: RouteDefinition): FieldError[] {
  const errors: FieldError[] = [];
  if (route.action.kind === 'redirect') {
    const seen = new Set<string>();
    route.action.contacts.forEach(({ uri }, index) => {
      if (seen.has(uri)) errors.push({ field: `action.contacts.${index}.uri`, detail: 'is listed twice' });
      seen.add(uri);
    });
  }
  return errors;
}

/** What a call asks for: the host of the Request-URI and, if it is a number, that number in E.164 form. */
export interface RouteQuestion {
  readonly domain: string | undefined;
  readonly number: string | undefined;
}

export function routeMatches(match: RouteMatch, question: RouteQuestion): boolean {
  if (match.kind === 'number-prefix') return question.number?.startsWith(match.numberPrefix) ?? false;
  if (question.domain === undefined) return false;
  if (match.domain === '*') return true;
  return match.domain.startsWith('*.')
    ? question.domain.endsWith(match.domain.slice(1))
    : question.domain === match.domain;
}

/**
 * Orders routes so that the first match is the one to take: numbers before domains (a number names one line, its domain a whole
 * platform), the longer prefix first; of domains the exact one, then the longest tail, then "*".
 */
export function compareBySpecificity(a: RouteMatch, b: RouteMatch): number {
  return specificity(b) - specificity(a) || (matchText(a) < matchText(b) ? -1 : matchText(a) > matchText(b) ? 1 : 0);
}

function specificity(match: RouteMatch): number {
  if (match.kind === 'number-prefix') return 2000 + match.numberPrefix.length;
  if (match.domain === '*') return 0;
  return match.domain.startsWith('*.') ? match.domain.length : 1000;
}

function matchText(match: RouteMatch): string {
  return match.kind === 'domain' ? match.domain : match.numberPrefix;
}

/** The first route that matches, of routes in the order of `compareBySpecificity`. */
export function findRoute<R extends { readonly match: RouteMatch }>(
  ordered: readonly R[],
  question: RouteQuestion,
): R | undefined {
  return ordered.find((route) => routeMatches(route.match, question));
}
