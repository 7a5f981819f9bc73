import type { directory } from '@ringdown/contracts';
import type { Destination } from './destination.js';
import type { Reason } from './explanation.js';

type To<K extends Destination['kind']> = Extract<Destination, { kind: K }>;

/** A route as an operator knows it: by its name and tenant, what it is for and what it does. */
export function routeInWords({ tenantId, routeId, match, action }: directory.Route): string {
  return `route ${routeId} of tenant ${tenantId} (${matchInWords(match)}: ${actionInWords(action)})`;
}

/** Where a request goes, and by which rule. `number` was assigned to the subscriber whose bindings it leads to. */
export function destinationInWords(destination: Destination, number?: string): Omit<Reason, 'step'> {
  switch (destination.kind) {
    case 'registrar':
      return { decision: 'the registrar', rule: `REGISTER for a domain of tenant ${destination.tenant.tenantId}` };
    case 'self':
      return { decision: 'this edge answers itself', rule: 'OPTIONS for a domain, not for a user of it' };
    case 'redirect':
      return redirectInWords(destination);
    case 'bindings':
      return {
        decision: `the phones of ${destination.addressOfRecord} (tenant ${destination.tenant.tenantId})`,
        rule: bindingsRule(destination, number),
      };
    case 'outside':
      return {
        decision: `outside, to ${destination.nextHop ?? 'where the Request-URI leads'}`,
        rule: routeInWords(destination.route),
      };
    case 'session':
      return { decision: `the session service ${destination.service}`, rule: routeInWords(destination.route) };
    case 'conference':
      return {
        decision: `the conference room ${destination.room} of tenant ${destination.tenant.tenantId}`,
        rule: destination.route === undefined ? 'nobody else has the name' : routeInWords(destination.route),
      };
    case 'refused':
      return { decision: `refused: ${destination.statusCode} ${destination.reasonPhrase}`, rule: destination.why };
  }
}

function redirectInWords({ tenant, route }: To<'redirect'>): Omit<Reason, 'step'> {
  if (route?.action?.$case !== 'redirect') {
    const decision = 'the caller is redirected: 302 with the bindings as contacts';
    return { decision, rule: `tenant ${tenant.tenantId} has the policy redirectMode: redirect` };
  }
  const { statusCode, contacts } = route.action.value;
  const named = contacts.map(({ uri }) => uri).join(', ');
  const decision = `the caller is forwarded: ${statusCode} with ${named === '' ? '' : `${named}, and `}the bindings as contacts`;
  return { decision, rule: routeInWords(route) };
}

function bindingsRule({ tenant, username, device }: To<'bindings'>, number: string | undefined): string {
  if (number !== undefined)
    return `number ${number} is assigned to subscriber ${username} of tenant ${tenant.tenantId}`;
  if (device !== undefined) return `the Request-URI names one device (a ${device.kind} GRUU)`;
  return `no route of tenant ${tenant.tenantId} is for it, and its policy is redirectMode: proxy`;
}

function matchInWords(match: directory.Route['match']): string {
  switch (match?.$case) {
    case 'domain':
      return `domain ${match.value}`;
    case 'numberPrefix':
      return `number prefix ${match.value}`;
    default:
      return 'nothing';
  }
}

function actionInWords(action: directory.Route['action']): string {
  switch (action?.$case) {
    case 'redirect':
      return `redirect ${action.value.statusCode}`;
    case 'nextHop':
      return `next hop ${action.value.uri === '' ? 'by the DNS' : action.value.uri}`;
    case 'session':
      return `service ${action.value.service}`;
    default:
      return 'no action';
  }
}
