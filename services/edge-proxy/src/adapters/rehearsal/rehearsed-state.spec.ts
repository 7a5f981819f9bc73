import { directory } from '@ringdown/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../domain/admission.js';
import { RegistrationGovernor } from '../../domain/registration-governor.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import { acme } from '../../testing/acme.js';
import type { OwningServices } from '../../testing/owning-services.js';
import {
  aliceCallsBob,
  bobsFlow,
  oneRoom,
  rehearsed,
  routedTenants,
  routeNamed,
  told,
} from '../../testing/rehearsed-calls.js';
import { rehearsalOver } from '../../testing/rehearsed-edge.js';
import { bindingOf, byDomain, limits, policies, routeOf, subscriberOf, toNextHop } from '../../testing/tables.js';
import type { RehearsalOptions } from './rehearsal.js';

describe('what a rehearsal finds, and leaves as it is', () => {
  let owning: OwningServices;
  beforeEach(() => {
    owning = routedTenants();
  });

  it.each<readonly [string, () => Partial<RehearsalOptions>, object, string]>([
    [
      'a disabled callee',
      () => {
        owning.add(acme, [subscriberOf(acme, 'bob', { enabled: false })]);
        return {};
      },
      { statusCode: 480 },
      'subscriber: subscriber bob is disabled [subscriber bob of tenant acme]\noutcome: answered 480 Temporarily Unavailable [subscriber bob is disabled]',
    ],
    [
      'a disabled caller',
      () => {
        owning.add(acme, [subscriberOf(acme, 'alice', { enabled: false })]);
        return {};
      },
      { statusCode: 407 },
      'subscriber alice is disabled: it is challenged again',
    ],
    [
      'a disabled tenant',
      () => {
        owning.add({ ...acme, enabled: false }, []);
        return {};
      },
      { statusCode: 403 },
      'outcome: answered 403 Forbidden [tenant acme is disabled]',
    ],
    [
      'an edge that drains',
      () => {
        const admission = new Admission();
        admission.drain(true);
        return { admission };
      },
      { statusCode: 503 },
      'admission: this edge takes nothing new [it is draining]',
    ],
    [
      'a directory that is away',
      () => ({
        conferences: undefined,
        authentication: {
          ...({} as RehearsalOptions['authentication']),
          wallClock: () => 0,
          directory: {
            tenantByDomain: (_domain, answered) => answered({ kind: 'unavailable' }),
          } as RehearsalOptions['authentication']['directory'],
        },
      }),
      { statusCode: 503 },
      "domain: the directory can't be asked\noutcome: answered 503 Service Unavailable [the directory can't be reached]",
    ],
    [
      'a tenant that relays all media, at an edge without a relay',
      () => {
        const always = policies({ mediaRelay: directory.MediaRelay.ALWAYS });
        owning.add({ ...acme, policies: always }, []);
        return {};
      },
      { kind: 'forwarded' },
      "this edge has no relay: the call is refused [a tenant's policy mediaRelay: always]",
    ],
    [
      'the redirect policy',
      () => {
        owning.add({ ...acme, policies: policies({ redirectMode: directory.RedirectMode.REDIRECT }) }, []);
        return {};
      },
      { kind: 'service', service: 'redirect' },
      '[tenant acme has the policy redirectMode: redirect]',
    ],
    [
      'a route for the whole domain',
      () => {
        owning.routes.set('acme', [routeNamed('pbx', routeOf(byDomain('example.com'), toNextHop('sip:pbx.test')))]);
        return {};
      },
      { kind: 'forwarded' },
      '[route pbx of tenant acme (domain example.com: next hop sip:pbx.test)]',
    ],
  ])('names %s', async (_name, prepare, outcome, line) => {
    const call = await rehearsed(owning, {}, prepare());
    expect(call.outcome).toMatchObject(outcome);
    expect(told(call)).toContain(line);
  });

  it('counts against no limit, and tells of one that others have used up', async () => {
    owning.add({ ...acme, limits: limits({ maxCallsPerSec: 2 }) }, []);
    const admission = new Admission();
    for (let times = 0; times < 5; times += 1) {
      const call = await rehearsed(owning, {}, { admission });
      expect(told(call)).toContain('a call of tenant acme may begin now [tenant acme has limits.maxCallsPerSec 2]');
    }
    for (let calls = 0; calls < 2; calls += 1) admission.call(0, 'acme', 2, false);
    const call = await rehearsed(owning, {}, { admission });
    expect(call.outcome).toMatchObject({ kind: 'answered', statusCode: 503 });
    expect(told(call)).toContain('tenant acme has had as many calls this second as it may');
  });

  it('counts no REGISTER either', async () => {
    owning.add({ ...acme, limits: limits({ maxRegistrationsPerSec: 1 }) }, []);
    const registrations = new RegistrationGovernor();
    const register = { method: 'REGISTER', to: 'sip:example.com' };
    for (let times = 0; times < 3; times += 1) {
      const call = await rehearsed(owning, register, { registrations });
      expect(call.outcome).toEqual({ kind: 'service', service: 'registrar' });
    }
    registrations.retryAfterSec(0, 'acme', 1, false);
    const call = await rehearsed(owning, register, { registrations });
    expect(call.outcome).toMatchObject({ kind: 'answered', statusCode: 503 });
    expect(told(call)).toContain('too many REGISTERs at once [tenant acme has limits.maxRegistrationsPerSec 1]');
    expect(registrations.refused).toEqual({ tenant: 0, edge: 0 });
  });

  it('opens no conference', async () => {
    const asked: boolean[] = [];
    const watched: ConferenceLookups = {
      ...oneRoom,
      place: (question, answered) => {
        asked.push(question.mayOpen);
        oneRoom.place(question, answered);
      },
    };
    await rehearsed(owning, { to: 'sip:standup@example.com' }, { conferences: watched });
    expect(asked).toEqual([false]);
  });

  it('orders phones by q, and says whether they ring together', async () => {
    owning.bind('acme', 'sip:bob@example.com', [
      bindingOf('sip:bob@192.0.2.20', bobsFlow, { qThousandths: 500 }),
      bindingOf('sip:bob@192.0.2.21', { ...bobsFlow, edgeId: 'edge-2' }),
    ]);
    const call = await rehearsed(owning);
    expect(call.outcome).toEqual({ kind: 'forwarded', targets: ['sip:bob@192.0.2.21', 'sip:bob@192.0.2.20'] });
    expect(told(call)).toContain("edge edge-2, which has its flow, can't be reached");
    expect(told(call)).toContain('forwarded to 2 targets, one group after the other, the highest q first');
  });

  it.each([
    ['a transport that the edge does not listen on', { transport: 'TLS' }, {}, 'edge edge-1 does not listen on TLS'],
    [
      'a lookup that never ends',
      {},
      { timeoutMs: 1, location: stuck() },
      'no decision within 0.001 s; the last was: the phones',
    ],
  ] as const)('says what is wrong with %s', async (_name, over, options, problem) => {
    const outcome = await rehearsalOver(owning, options).run({ ...aliceCallsBob, ...over });
    expect(outcome).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('knows a tenant by its alias', async () => {
    expect(told(await rehearsed(owning, { from: 'sip:dave@example.net', to: 'sip:alice@acme.test' }))).toContain(
      `domain: acme.test is tenant acme's [domain acme.test, an alias of example.com]`,
    );
  });
});

function stuck(): RehearsalOptions['location'] {
  const nothing = () => undefined;
  return {
    within: () => stuck(),
    bindings: nothing,
    registered: nothing,
    doubt: nothing,
    flowGone: nothing,
    ownerAway: nothing,
  };
}
