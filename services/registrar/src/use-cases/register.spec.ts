import { ServiceError } from '@ringdown/platform';
import { Header, type HeaderField } from '@ringdown/sip-message';
import { registrationOf } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import type { RegistrarTenant } from '../domain/tenant.js';
import { MemoryLocation } from '../testing/memory-location.js';
import { register as registerRequest, sender, tenant } from '../testing/requests.js';
import { type Registered, type RegisterPorts, register } from './register.js';

class Scene {
  readonly location = new MemoryLocation();
  readonly outages: string[] = [];
  directoryFailure: Error | undefined;
  subscriberLimit: number | undefined;
  domains: Readonly<Record<string, RegistrarTenant>>;

  constructor(of = tenant()) {
    this.domains = { 'demo.ringdown.test': of, localhost: of };
  }

  readonly ports: RegisterPorts = {
    bindings: this.location,
    tenants: {
      byDomain: async (domain) => {
        if (this.directoryFailure !== undefined) throw this.directoryFailure;
        return this.domains[domain];
      },
    },
    outages: {
      failed: (dependency) => void this.outages.push(`${dependency} failed`),
      worked: () => undefined,
    },
    policy: { pathWithoutSupport: false, expirySpread: 0 },
    sealGruu: (gruu) => `sealed-${gruu.user}-${gruu.registration}`,
    wallClock: () => this.location.nowMs,
    retryAfterSec: () => 7,
  };

  send(lines: readonly string[], changes: Readonly<Record<string, string>> = {}): Promise<Registered> {
    return this.sendAs('sip:alice@demo.ringdown.test', lines, changes);
  }

  sendAs(
    addressOfRecord: string,
    lines: readonly string[],
    changes: Readonly<Record<string, string>> = {},
  ): Promise<Registered> {
    const request = registerRequest(lines, changes);
    return register(this.ports, { request, sender: sender(addressOfRecord), maxContacts: this.subscriberLimit }, {});
  }
}

function values({ answer }: Registered, id: HeaderField[0]): string[] {
  return answer.headers.filter(([name]) => name === id).map(([, value]) => value);
}

describe('register', () => {
  it('binds, lists all bindings with the time they have left, and says the date (RFC 3261 §10.3 step 8)', async () => {
    const scene = new Scene();
    await scene.send(['Contact: <sip:a@192.0.2.4>;q=0.5', 'Expires: 600'], { callId: 'phone-a' });
    scene.location.nowMs += 100_500;
    const second = await scene.send(['Contact: <sip:b@192.0.2.5>;expires=300'], { callId: 'phone-b' });
    expect(second).toMatchObject({
      tenantId: 'demo',
      addressOfRecord: 'sip:alice@demo.ringdown.test',
      answer: { statusCode: 200 },
    });
    expect(values(second, Header.Contact)).toEqual([
      '<sip:a@192.0.2.4>;q=0.5;expires=500',
      '<sip:b@192.0.2.5>;expires=300',
    ]);
    expect(values(second, Header.Date)).toEqual(['Mon, 21 Sep 2026 14:15:00 GMT']);
  });

  it('answers a query with what is bound', async () => {
    const scene = new Scene();
    await scene.send(['Contact: <sip:a@192.0.2.4>']);
    const query = await scene.send([], { to: '<sip:alice@localhost>', requestUri: 'sip:localhost', callId: 'other' });
    expect(values(query, Header.Contact)).toEqual(['<sip:a@192.0.2.4>;expires=3600']);
  });

  it('removes one contact, then all', async () => {
    const scene = new Scene();
    await scene.send(['Contact: <sip:a@192.0.2.4>, <sip:b@192.0.2.4>, <sip:c@192.0.2.4>']);
    const one = await scene.send(['Contact: <sip:b@192.0.2.4>;expires=0'], { cseq: '2' });
    expect(values(one, Header.Contact)).toEqual(['<sip:a@192.0.2.4>;expires=3600', '<sip:c@192.0.2.4>;expires=3600']);
    const all = await scene.send(['Contact: *', 'Expires: 0'], { cseq: '3' });
    expect(all.answer.statusCode).toBe(200);
    expect(values(all, Header.Contact)).toEqual([]);
  });

  it('copies the Path into the 200 (RFC 3327 §5.3)', async () => {
    const lines = [
      'Supported: path',
      'Path: <sip:p2.example;lr>',
      'Path: <sip:p1.example;lr>',
      'Contact: <sip:a@192.0.2.4>',
    ];
    expect(values(await new Scene().send(lines), Header.Path)).toEqual(['<sip:p2.example;lr>', '<sip:p1.example;lr>']);
  });

  describe('GRUUs (RFC 5627 §5)', () => {
    const instance = '+sip.instance="<urn:uuid:1>"';
    const phone = ['Supported: gruu', `Contact: <sip:a@192.0.2.4>;${instance}`];
    const gruus = (user: string, callId: string): string =>
      `;pub-gruu="sip:${user}@demo.ringdown.test;gr=urn:uuid:1";temp-gruu="sip:sealed-${user}-${registrationOf(callId)}@demo.ringdown.test;gr"`;

    it('are told to a device that knows them', async () => {
      const expected = [`<sip:a@192.0.2.4>${gruus('alice', 'c1@192.0.2.4')};${instance};expires=3600`];
      const scene = new Scene();
      expect(values(await scene.send(phone), Header.Contact)).toEqual(expected);
      const query = await scene.send(['Supported: gruu'], { callId: 'other' });
      expect(values(query, Header.Contact)).toEqual(expected);
    });

    it.each<[string, readonly string[]]>([
      ['that does not say so', [phone[1]!]],
      ['without an instance', ['Supported: gruu', 'Contact: <sip:a@192.0.2.4>']],
      ['whose instance is no URN in brackets', ['Supported: gruu', 'Contact: <sip:a@192.0.2.4>;+sip.instance="1"']],
    ])('are not told to a device %s', async (_, lines) => {
      expect(values(await new Scene().send(lines), Header.Contact)[0]).not.toContain('gruu');
    });

    it('belong to the registration: another Call-ID, another temporary one', async () => {
      const scene = new Scene();
      await scene.send(phone);
      expect(values(await scene.send(phone, { callId: 'c2' }), Header.Contact)).toEqual([
        `<sip:a@192.0.2.4>${gruus('alice', 'c2')};${instance};expires=3600`,
      ]);
    });

    it('are the same for all flows of a device', async () => {
      const scene = new Scene();
      const flow = (regId: number) => [
        'Supported: gruu, outbound',
        `Contact: <sip:a@192.0.2.4:${5060 + regId}>;reg-id=${regId};${instance}`,
      ];
      await scene.send(flow(1), { callId: 'flow-1' });
      const both = values(await scene.send(flow(2), { callId: 'flow-2' }), Header.Contact);
      expect(both).toHaveLength(2);
      expect(new Set(both.map((each) => /temp-gruu="[^"]+"/.exec(each)?.[0])).size).toBe(1);
    });

    it('that a device writes itself are not kept', async () => {
      const scene = new Scene();
      await scene.send([`Contact: <sip:a@192.0.2.4>;pub-gruu="sip:mallory@demo.ringdown.test;gr=x";${instance}`]);
      expect(scene.location.commands[0]?.contacts[0]?.contactParams).toBe(instance);
    });

    it.each([
      ['sip:alice@demo.ringdown.test;gr=urn:uuid:1', 403],
      ['sip:alice@elsewhere.example;gr=urn:uuid:1', 200],
    ])('as a contact: %s gets %i', async (contact, statusCode) => {
      expect((await new Scene().send([`Contact: <${contact}>`])).answer.statusCode).toBe(statusCode);
    });
  });

  it.each<[string, boolean, readonly string[], Readonly<Record<string, string>>, readonly string[]]>([
    ['not unless the tenant wants it', false, ['Contact: <sip:a@192.0.2.4>'], {}, []],
    ['to a device that registers', true, ['Contact: <sip:a@192.0.2.4>'], {}, ['<sip:demo.ringdown.test;lr>']],
    ['to one that asks', true, [], {}, ['<sip:demo.ringdown.test;lr>']],
    ['as the domain that was asked', true, [], { requestUri: 'sip:localhost' }, ['<sip:localhost;lr>']],
    ['not to one that leaves', true, ['Contact: *', 'Expires: 0'], {}, []],
  ])('a Service-Route is given %s (RFC 3608 §6.3)', async (_, serviceRoute, lines, changes, expected) => {
    expect(values(await new Scene(tenant({ serviceRoute })).send(lines, changes), Header.ServiceRoute)).toEqual(
      expected,
    );
  });

  it('refuses a request that is out of order, and changes nothing (RFC 3261 §10.3 step 7)', async () => {
    const scene = new Scene();
    await scene.send(['Contact: <sip:a@192.0.2.4>'], { cseq: '5' });
    const late = await scene.send(['Contact: <sip:a@192.0.2.4>;expires=0, <sip:b@192.0.2.4>'], { cseq: '4' });
    expect(late.answer).toMatchObject({ statusCode: 400, reasonPhrase: 'CSeq is not above 5' });
    expect(values(await scene.send([]), Header.Contact)).toEqual(['<sip:a@192.0.2.4>;expires=3600']);
  });

  it.each([
    ['the tenant’s', undefined, 2, 403],
    ['the subscriber’s own, which is lower', 1, 1, 403],
    ['the subscriber’s own, which is higher', 3, 3, 200],
  ])('heeds the limit of contacts: %s', async (_, own, maxContacts, statusCode) => {
    const scene = new Scene(tenant({ maxContacts: 2 }));
    scene.subscriberLimit = own;
    const result = await scene.send(['Contact: <sip:a@192.0.2.4>, <sip:b@192.0.2.4>, <sip:c@192.0.2.4>']);
    expect(result.answer.statusCode).toBe(statusCode);
    expect(scene.location.commands[0]?.maxContacts).toBe(maxContacts);
  });

  it('heeds the tenant’s limit of registrations, and refreshes beyond it', async () => {
    const scene = new Scene(tenant({ maxRegistrations: 1 }));
    const lines = ['Contact: <sip:x@192.0.2.4>'];
    const bob = { to: '<sip:bob@demo.ringdown.test>', callId: 'bob' };
    expect((await scene.send(lines)).answer.statusCode).toBe(200);
    expect((await scene.sendAs('sip:bob@demo.ringdown.test', lines, bob)).answer).toMatchObject({
      statusCode: 403,
      reasonPhrase: 'The domain has reached its limit of 1 registrations',
      headers: [],
    });
    expect((await scene.send(lines, { cseq: '2' })).answer.statusCode).toBe(200);
  });

  it.each([
    ['a domain that is nobody’s', { to: '<sip:alice@nowhere.example>' }],
    ['a registrar of nobody’s domain', { requestUri: 'sip:nowhere.example' }],
  ])('refuses %s with 404', async (_, changes) => {
    const scene = new Scene();
    expect((await scene.send(['Contact: <sip:a@192.0.2.4>'], changes)).answer.statusCode).toBe(404);
    expect(scene.location.commands).toEqual([]);
  });

  it.each(['unavailable', 'deadline', 'resource-exhausted', 'cancelled'] as const)(
    'answers 503 with Retry-After while location is %s, and heals by itself',
    async (code) => {
      const scene = new Scene();
      scene.location.failure = new ServiceError(code, 'away');
      for (const lines of [['Contact: <sip:a@192.0.2.4>'], []]) {
        const result = await scene.send(lines);
        expect(result.answer).toEqual({
          kind: 'refusal',
          statusCode: 503,
          reasonPhrase: undefined,
          headers: [[Header.RetryAfter, '7']],
        });
      }
      expect(scene.outages).toEqual(['location failed', 'location failed']);
      scene.location.failure = undefined;
      expect((await scene.send(['Contact: <sip:a@192.0.2.4>'])).answer.statusCode).toBe(200);
    },
  );

  it('answers 503 while the directory can’t be asked', async () => {
    const scene = new Scene();
    scene.directoryFailure = new ServiceError('unavailable', 'away');
    expect((await scene.send(['Contact: <sip:a@192.0.2.4>'])).answer.statusCode).toBe(503);
  });

  it('rejects for a bug', async () => {
    const scene = new Scene();
    scene.location.failure = new ServiceError('invalid', 'tenant_id is missing');
    await expect(scene.send(['Contact: <sip:a@192.0.2.4>'])).rejects.toThrow('tenant_id is missing');
  });
});
