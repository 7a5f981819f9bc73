import { readFileSync } from 'node:fs';
import { directory } from '@ringdown/contracts';
import { answerChallenge, selectChallenges } from '@ringdown/sip-auth';
import { Header, parseMessage, parseUri, SipRequest, type SipResponse } from '@ringdown/sip-message';
import { canonicalAddress, claimedIdentity } from '../domain/identity.js';
import { OwningServices } from './owning-services.js';
import type { Peer } from './peer.js';
import { bindingOf, byDomain, type FlowOf, passwordOf, routeOf, subscriberOf, tenantOf, toNextHop } from './tables.js';

const fixtures = new URL('../../../../libs/sip-message/fixtures/torture/', import.meta.url);

/** The message's bytes, one character each. */
export function tortureMessage(file: string): string {
  return readFileSync(new URL(file, fixtures), 'latin1');
}

export const tortureUser = 'torture';
const domains = ['example.com', 'example.net'] as const;
const tenants = domains.map((domain) => tenantOf(domain.replace('.', '-'), domain));

/** Tables that serve example.com and example.net: one subscriber of each may act as anybody there, and has a route to everywhere else. */
export function tortureTables(files: readonly string[]): OwningServices {
  const owning = new OwningServices();
  const requests = files.map((file) => parseMessage(tortureMessage(file))).filter((each) => each instanceof SipRequest);
  for (const tenant of tenants) {
    const identities = requests.map((request) => claimedIdentity(request, tenant)).filter((each) => each !== undefined);
    owning.add(tenant, [subscriberOf(tenant, tortureUser, { identities })]);
  }
  return owning;
}

/** Binds whoever is asked for to the phone, and leads everything outside to it. */
export function leadEverythingTo(phone: Peer, flow: FlowOf, owning: OwningServices, files: readonly string[]): void {
  for (const tenant of tenants) {
    owning.routes.set(tenant.tenantId, [
      routeOf(
        byDomain('*'),
        toNextHop(`sip:${phone.address.host}:${phone.address.port}`),
        directory.TrustClass.UNTRUSTED,
      ),
    ]);
    for (const file of files) {
      const request = parseMessage(tortureMessage(file));
      if (!(request instanceof SipRequest)) continue;
      const uri = parseUri(request.requestUri);
      if (uri.kind === 'sip' && uri.host === tenant.canonicalDomain && uri.user !== undefined)
        owning.bind(tenant.tenantId, canonicalAddress(uri, tenant), [bindingOf(phone.contact('phone'), flow)]);
    }
  }
}

/** Gives every tenant a route to the domain that a message claims to come from, by way of its sender: what admits calls from there. */
export function admitSender(owning: OwningServices, text: string, sender: Peer): void {
  const request = parseMessage(text);
  const uri = request instanceof SipRequest ? parseUri(request.from.uri) : undefined;
  if (uri?.kind !== 'sip' || tenants.some((tenant) => tenant.canonicalDomain === uri.host)) return;
  for (const { tenantId } of tenants) {
    const others = owning.routes.get(tenantId) ?? [];
    owning.routes.set(tenantId, [routeOf(byDomain(uri.host), toNextHop(`sip:${sender.address.host}`)), ...others]);
  }
}

/** The same message by way of a proxy that answers the edge's challenge for the sender: a Via and credentials more, and every other byte as it was. */
export function withCredentials(text: string, via: string, challenged: SipResponse): string {
  const request = parseMessage(text);
  if (!(request instanceof SipRequest)) throw new Error('only a request is challenged');
  const registering = challenged.statusCode === 401;
  const values = challenged.values(registering ? Header.WwwAuthenticate : Header.ProxyAuthenticate);
  const challenge = selectChallenges(values)[0];
  const credentials =
    challenge === undefined
      ? undefined
      : answerChallenge(challenge, {
          method: request.method,
          uri: request.requestUri,
          username: tortureUser,
          password: passwordOf(tortureUser),
          cnonce: 'torture-cnonce',
          nonceCount: 1,
        });
  const name = registering ? 'Authorization' : 'Proxy-Authorization';
  const headersAt = text.indexOf('\r\n') + 2;
  return `${text.slice(0, headersAt)}Via: ${via}\r\n${name}: ${credentials}\r\n${text.slice(headersAt)}`;
}
