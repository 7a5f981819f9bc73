import type { directory, location } from '@ringdown/contracts';
import type { Explain, Reason, Step } from '../../domain/explanation.js';
import { routeInWords } from '../../domain/rules-in-words.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import type { Answered, DirectoryLookups, LocationLookups, Lookup } from '../../ports/lookups.js';

type Words = Omit<Reason, 'step'>;

/** The directory's lookups, where each row that is found, or isn't there, is told as well. */
export function explainedDirectory(lookups: DirectoryLookups, explain: Explain): DirectoryLookups {
  const told = telling(explain, "the directory can't be asked");
  return {
    within: (traceparent) => explainedDirectory(lookups.within(traceparent), explain),
    tenantByDomain: (domain, answered) =>
      lookups.tenantByDomain(
        domain,
        told('domain', answered, (tenant) => ofDomain(domain, tenant)),
      ),
    tenant: (tenantId, answered) =>
      lookups.tenant(
        tenantId,
        told('number', answered, (tenant) => ofTenant(tenantId, tenant)),
      ),
    tenantByNumber: (e164, answered) =>
      lookups.tenantByNumber(
        e164,
        told('number', answered, (number) => ofNumber(e164, number)),
      ),
    subscriber: (tenantId, username, answered) =>
      lookups.subscriber(
        tenantId,
        username,
        told('subscriber', answered, (subscriber) => ofSubscriber(tenantId, username, subscriber)),
      ),
    routes: (tenantId, answered) =>
      lookups.routes(
        tenantId,
        told('routes', answered, (routes) => ofRoutes(tenantId, routes)),
      ),
  };
}

/** Location's bindings, told as they are read. Nothing is written: who rehearses learns nothing about flows. */
export function explainedLocation(lookups: LocationLookups, explain: Explain): LocationLookups {
  const told = telling(explain, "location can't be asked");
  return {
    within: (traceparent) => explainedLocation(lookups.within(traceparent), explain),
    bindings: (tenantId, addressOfRecord, answered) =>
      lookups.bindings(
        tenantId,
        addressOfRecord,
        told('bindings', answered, (bound) => ofBindings(addressOfRecord, bound?.bindings)),
      ),
    registered: () => undefined,
    doubt: () => undefined,
    flowGone: () => undefined,
    ownerAway: () => undefined,
  };
}

/** Where conferences are, told as it is found. None is opened: one that isn't under way gets no pod. */
export function explainedConferences(lookups: ConferenceLookups, explain: Explain): ConferenceLookups {
  const found: ConferenceLookups['place'] = ({ tenantId, room }, answered) =>
    lookups.place({ tenantId, room, mayOpen: false }, (place) => {
      explain({ step: 'conference', ...conferenceInWords(tenantId, room, place) });
      answered(place);
    });
  return { place: found, placeInstead: (question, _pod, answered) => found(question, answered) };
}

/** Wraps the receiver of an answer: says what it is first. */
function telling(explain: Explain, away: string) {
  return <V>(step: Step, answered: Answered<V>, words: (value: V | undefined) => Words): Answered<V> =>
    (answer: Lookup<V>) => {
      if (answer.kind === 'unavailable') explain({ step, decision: away });
      else explain({ step, ...words(answer.kind === 'found' ? answer.value : undefined) });
      answered(answer);
    };
}

function ofDomain(domain: string, tenant: directory.Tenant | undefined): Words {
  if (tenant === undefined) return { decision: `${domain} is nobody's here`, rule: 'no tenant has this domain' };
  const { tenantId, canonicalDomain } = tenant;
  const kind = canonicalDomain === domain ? 'its canonical one' : `an alias of ${canonicalDomain}`;
  return { decision: `${domain} is tenant ${tenantId}'s${disabled(tenant)}`, rule: `domain ${domain}, ${kind}` };
}

function ofTenant(tenantId: string, tenant: directory.Tenant | undefined): Words {
  if (tenant === undefined) return { decision: `there is no tenant ${tenantId}` };
  return { decision: `tenant ${tenantId} is ${tenant.enabled ? 'served' : 'disabled'}` };
}

function ofNumber(
  e164: string,
  number: { readonly tenantId: string; readonly username: string | undefined } | undefined,
): Words {
  if (number === undefined) return { decision: `${e164} is nobody's`, rule: 'no tenant has this number' };
  const { tenantId, username } = number;
  const whose = username === undefined ? 'its routes decide' : `assigned to subscriber ${username}`;
  return { decision: `${e164} is tenant ${tenantId}'s, ${whose}`, rule: `number ${e164}` };
}

function ofSubscriber(tenantId: string, username: string, subscriber: directory.Subscriber | undefined): Words {
  const rule = `subscriber ${username} of tenant ${tenantId}`;
  if (subscriber === undefined) return { decision: `there is no subscriber ${username}` };
  return { decision: `subscriber ${username} is ${subscriber.enabled ? 'enabled' : 'disabled'}`, rule };
}

/** So many are named; an operator asks for the rest. */
const mostRoutes = 20;

function ofRoutes(tenantId: string, routes: readonly directory.Route[] | undefined): Words {
  if (routes === undefined || routes.length === 0) return { decision: `tenant ${tenantId} has no routes` };
  const named = routes.slice(0, mostRoutes).map(routeInWords);
  const more = routes.length > mostRoutes ? [`${routes.length - mostRoutes} more`] : [];
  return {
    decision: `tenant ${tenantId} has ${routes.length} route${routes.length === 1 ? '' : 's'}, the most specific first`,
    rule: [...named, ...more].join('; '),
  };
}

function ofBindings(addressOfRecord: string, bindings: readonly location.Binding[] | undefined): Words {
  if (bindings === undefined) return { decision: `nothing is registered for ${addressOfRecord}` };
  if (bindings.length === 0)
    return {
      decision: `every binding of ${addressOfRecord} is suspended`,
      rule: 'the edge that has the connection is silent',
    };
  return {
    decision: `${bindings.length} registered for ${addressOfRecord}`,
    rule: bindings.map(({ uri }) => uri).join(', '),
  };
}

function conferenceInWords(
  tenantId: string,
  room: string,
  place: Parameters<Parameters<ConferenceLookups['place']>[1]>[0],
): Words {
  switch (place.kind) {
    case 'pod':
      return {
        decision: `tenant ${tenantId} has a room ${room}; pod ${place.pod.podId} answers for it`,
        rule: 'limits of conferences and members are held by the pod, when the call comes',
      };
    case 'absent':
      return { decision: `tenant ${tenantId} has no room ${room}` };
    case 'limit':
      return { decision: `tenant ${tenantId} has ${place.limit} conferences, as many as it may` };
    case 'unavailable':
      return { decision: "the conference focus can't be asked" };
  }
}

function disabled({ enabled }: directory.Tenant): string {
  return enabled ? '' : ', which is disabled';
}
