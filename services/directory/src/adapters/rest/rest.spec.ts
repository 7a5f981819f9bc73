import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask as askAt,
  type DirectoryProcess,
  type RestRequest,
  startDirectoryProcess,
} from '../../testing/directory-process.js';

describe.each(testedPostgresVersions())('the REST API on Postgres %s', (version) => {
  let postgres: TestPostgres;
  let process: DirectoryProcess;

  beforeAll(async () => {
    postgres = await startPostgres({ version });
    process = await startDirectoryProcess(await postgres.createDatabase());
  }, 60_000);
  afterAll(async () => {
    await process?.stop();
    await postgres?.stop();
  });

  const ask = (method: string, path: string, request?: RestRequest) => askAt(process.url, method, path, request);
  const errorsOf = (json: Record<string, unknown>) => json['errors'] as { field: string; detail: string }[];
  const fieldsOf = (json: Record<string, unknown>) => errorsOf(json).map(({ field }) => field);

  describe('a tenant', () => {
    it('is created with its defaults, and its canonical domain with it', async () => {
      const created = await ask('PUT', '/v1/tenants/acme', { json: { canonicalDomain: 'SIP.Acme.Example.' } });
      expect(created.status).toBe(201);
      expect(created.headers.get('location')).toBe('/v1/tenants/acme');
      expect(created.json).toMatchObject({
        tenantId: 'acme',
        canonicalDomain: 'sip.acme.example',
        realm: 'sip.acme.example',
        digestAlgorithms: ['SHA-256', 'MD5'],
        limits: {
          maxContactsPerAor: 10,
          minExpiresSec: 60,
          maxExpiresSec: 7200,
          defaultExpiresSec: 3600,
          maxConcurrentCalls: 0,
          maxConferences: 0,
          maxConferenceMembers: 0,
          maxConferenceMinutesPerMonth: 0,
        },
        policies: {
          forkMode: 'parallel',
          recurseOnRedirect: false,
          redirectMode: 'proxy',
          serviceRoute: false,
          mediaRelay: 'when-needed',
          conferenceSrtpRequired: false,
        },
        enabled: true,
      });
      expect((await ask('GET', '/v1/tenants/acme')).json).toEqual(created.json);
      const domain = await ask('GET', '/v1/tenants/acme/domains/sip.acme.example');
      expect(domain.json).toMatchObject({ domain: 'sip.acme.example', canonical: true });
    });

    it('stays as it is when the same PUT comes again', async () => {
      const before = (await ask('GET', '/v1/tenants/acme')).json;
      const again = await ask('PUT', '/v1/tenants/acme', { json: { canonicalDomain: 'sip.acme.example' } });
      expect(again.status).toBe(200);
      expect(again.json).toEqual(before);
    });

    it('gets a greater version with a change', async () => {
      const before = (await ask('GET', '/v1/tenants/acme')).json;
      const changed = await ask('PUT', '/v1/tenants/acme', {
        json: {
          canonicalDomain: 'sip.acme.example',
          limits: { maxConcurrentCalls: 5 },
          policies: { forkMode: 'serial' },
        },
      });
      expect(changed.status).toBe(200);
      expect(changed.json).toMatchObject({ limits: { maxConcurrentCalls: 5 }, policies: { forkMode: 'serial' } });
      expect(changed.json['version']).toBeGreaterThan(before['version'] as number);
      expect(changed.json['createdAt']).toBe(before['createdAt']);
    });

    it.each([
      ['realm', { canonicalDomain: 'sip.acme.example', realm: 'other' }],
      ['canonicalDomain', { canonicalDomain: 'other.example', realm: 'sip.acme.example' }],
    ])('keeps its %s', async (field, json) => {
      const refused = await ask('PUT', '/v1/tenants/acme', { json });
      expect(refused.status).toBe(409);
      expect(fieldsOf(refused.json)).toEqual([field]);
    });

    it.each([
      ['canonicalDomain is missing', {}, ['canonicalDomain']],
      ['a domain of another tenant', { canonicalDomain: 'sip.acme.example' }, ['canonicalDomain'], 409],
      ['an unknown field', { canonicalDomain: 'b.example', colour: 'red' }, ['colour']],
      ['an unknown nested field', { canonicalDomain: 'b.example', limits: { maxFun: 1 } }, ['limits.maxFun']],
      ['a wrong type', { canonicalDomain: 7 }, ['canonicalDomain']],
      ['no host name', { canonicalDomain: 'under_score.example' }, ['canonicalDomain']],
      [
        'a number out of range',
        { canonicalDomain: 'b.example', limits: { maxExpiresSec: 0 } },
        ['limits.maxExpiresSec'],
      ],
      [
        'bounds that contradict',
        { canonicalDomain: 'b.example', limits: { minExpiresSec: 4000 } },
        ['limits.defaultExpiresSec'],
      ],
      [
        'an algorithm nobody knows',
        { canonicalDomain: 'b.example', digestAlgorithms: ['MD4'] },
        ['digestAlgorithms.0'],
      ],
      ['an algorithm twice', { canonicalDomain: 'b.example', digestAlgorithms: ['MD5', 'MD5'] }, ['digestAlgorithms']],
      ['a quote in the realm', { canonicalDomain: 'b.example', realm: 'a"b' }, ['realm']],
      ['several at once', { canonicalDomain: '', enabled: 'yes' }, ['canonicalDomain', 'enabled']],
      ['an array', [], ['']],
      ['null', null, ['']],
    ])('is refused with %s', async (_name, json, fields, status = 422) => {
      const refused = await ask('PUT', '/v1/tenants/beta', { json });
      expect(refused.status).toBe(status);
      expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(refused.json).toMatchObject({ status, type: 'about:blank' });
      expect(fieldsOf(refused.json)).toEqual(fields);
      expect(refused.json['detail']).toContain(fields[0]);
      expect((await ask('GET', '/v1/tenants/beta')).status).toBe(404);
    });

    it('is removed when it is empty, or on request with all it has', async () => {
      await ask('PUT', '/v1/tenants/gone', { json: { canonicalDomain: 'gone.example' } });
      await ask('PUT', '/v1/tenants/gone/subscribers/eve', { json: { password: 'secret-1' } });
      await ask('PUT', '/v1/tenants/gone/numbers/+4911', { json: { username: 'eve' } });
      const refused = await ask('DELETE', '/v1/tenants/gone');
      expect([refused.status, fieldsOf(refused.json)]).toEqual([409, ['cascade']]);
      expect((await ask('DELETE', '/v1/tenants/gone?cascade=true')).status).toBe(204);
      expect((await ask('DELETE', '/v1/tenants/gone')).status).toBe(404);
      // Its names are free again, and versions go on.
      const anew = await ask('PUT', '/v1/tenants/new-owner', { json: { canonicalDomain: 'gone.example' } });
      expect(anew.status).toBe(201);
    });
  });

  describe('domains', () => {
    it('are aliases of one tenant', async () => {
      const created = await ask('PUT', '/v1/tenants/acme/domains/Alias.Example', { json: {} });
      expect([created.status, created.json['domain'], created.json['canonical']]).toEqual([
        201,
        'alias.example',
        false,
      ]);
      expect((await ask('PUT', '/v1/tenants/acme/domains/alias.example')).status).toBe(200);
      const refused = await ask('PUT', '/v1/tenants/new-owner/domains/alias.example');
      expect([refused.status, fieldsOf(refused.json)]).toEqual([409, ['domain']]);
      expect((await ask('GET', '/v1/tenants/new-owner/domains/alias.example')).status).toBe(404);
      expect((await ask('PUT', '/v1/tenants/acme/domains/%5B2001:DB8:0::1%5D')).json['domain']).toBe('[2001:db8::1]');
      expect((await ask('PUT', '/v1/tenants/nobody/domains/x.example')).status).toBe(404);
    });

    it('are removed, but for the canonical one', async () => {
      expect((await ask('DELETE', '/v1/tenants/new-owner/domains/alias.example')).status).toBe(404);
      expect((await ask('DELETE', '/v1/tenants/acme/domains/alias.example')).status).toBe(204);
      const refused = await ask('DELETE', '/v1/tenants/acme/domains/sip.acme.example');
      expect([refused.status, fieldsOf(refused.json)]).toEqual([409, ['domain']]);
    });
  });

  describe('subscribers', () => {
    it('are created, and their password never comes out', async () => {
      const created = await ask('PUT', '/v1/tenants/acme/subscribers/alice', {
        json: {
          password: 'secret-word',
          displayName: 'Alice',
          identities: ['sip:sales@SIP.acme.example'],
          maxContactsPerAor: 2,
        },
      });
      expect(created.status).toBe(201);
      expect(created.json).toMatchObject({
        username: 'alice',
        displayName: 'Alice',
        identities: ['sip:alice@sip.acme.example', 'sip:sales@sip.acme.example'],
        maxContactsPerAor: 2,
        enabled: true,
      });
      const read = await ask('GET', '/v1/tenants/acme/subscribers/alice');
      expect(read.json).toEqual(created.json);
      expect(created.text + read.text).not.toMatch(/secret-word|ha1/i);
    });

    it('keep their password where a PUT has none, and count it as unchanged where it is the same', async () => {
      const body = { displayName: 'Alice', identities: ['sip:sales@sip.acme.example'], maxContactsPerAor: 2 };
      const before = (await ask('GET', '/v1/tenants/acme/subscribers/alice')).json;
      expect((await ask('PUT', '/v1/tenants/acme/subscribers/alice', { json: body })).json).toEqual(before);
      const same = await ask('PUT', '/v1/tenants/acme/subscribers/alice', {
        json: { ...body, password: 'secret-word' },
      });
      expect(same.json).toEqual(before);
      const changed = await ask('PUT', '/v1/tenants/acme/subscribers/alice', {
        json: { ...body, password: 'another-word' },
      });
      expect(changed.json['version']).toBeGreaterThan(before['version'] as number);
    });

    it.each([
      ['no password', 'zed', {}, 422, ['password']],
      ['an empty password', 'zed', { password: '' }, 422, ['password']],
      ['a control character', 'zed', { password: 'a\u0000b' }, 422, ['password']],
      [
        'an identity elsewhere',
        'zed',
        { password: 'x', identities: ['sip:zed@elsewhere.example'] },
        422,
        ['identities'],
      ],
      ['an identity that is none', 'zed', { password: 'x', identities: ['zed'] }, 422, ['identities.0']],
      ['a limit of nought', 'zed', { password: 'x', maxContactsPerAor: 0 }, 422, ['maxContactsPerAor']],
      ['a colon in the username', 'a%3Ab', { password: 'x' }, 400, ['username']],
      ['a username that is too long', 'a'.repeat(65), { password: 'x' }, 400, ['username']],
    ])('are refused with %s', async (_name, username, json, status, fields) => {
      const refused = await ask('PUT', `/v1/tenants/acme/subscribers/${username}`, { json });
      expect([refused.status, fieldsOf(refused.json)]).toEqual([status, fields]);
    });

    it('may have names that need escaping in a path', async () => {
      const created = await ask('PUT', `/v1/tenants/acme/subscribers/${encodeURIComponent("o'neil/2?;+")}`, {
        json: { password: 'x' },
      });
      expect([created.status, created.json['username']]).toEqual([201, "o'neil/2?;+"]);
      const location = created.headers.get('location')!;
      expect((await ask('GET', location)).json['username']).toBe("o'neil/2?;+");
      expect((await ask('DELETE', location)).status).toBe(204);
    });

    it('are listed in pages', async () => {
      await ask('PUT', '/v1/tenants/paged', { json: { canonicalDomain: 'paged.example' } });
      const names = Array.from({ length: 23 }, (_, index) => `user-${String(index).padStart(2, '0')}`);
      for (const name of names) await ask('PUT', `/v1/tenants/paged/subscribers/${name}`, { json: { password: 'x' } });
      const seen: string[] = [];
      const sizes: number[] = [];
      let cursor = '';
      do {
        const page = await ask('GET', `/v1/tenants/paged/subscribers?limit=10${cursor && `&cursor=${cursor}`}`);
        const items = page.json['items'] as { username: string }[];
        seen.push(...items.map(({ username }) => username));
        sizes.push(items.length);
        cursor = (page.json['next'] as string | null) ?? '';
      } while (cursor !== '' && sizes.length < 10);
      expect(seen).toEqual(names);
      expect(sizes).toEqual([10, 10, 3]);
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['limit=ten', 'limit'],
      ['cursor=nonsense', 'cursor'],
      ['offset=3', 'offset'],
    ])('are not listed with %s', async (query, field) => {
      const refused = await ask('GET', `/v1/tenants/acme/subscribers?${query}`);
      expect([refused.status, fieldsOf(refused.json)]).toEqual([400, [field]]);
    });

    it('are not removed while a number leads to them', async () => {
      await ask('PUT', '/v1/tenants/acme/numbers/+493012345', { json: { username: 'alice' } });
      const refused = await ask('DELETE', '/v1/tenants/acme/subscribers/alice');
      expect([refused.status, fieldsOf(refused.json)]).toEqual([409, ['username']]);
      expect((await ask('DELETE', '/v1/tenants/acme/numbers/+493012345')).status).toBe(204);
      expect((await ask('DELETE', '/v1/tenants/acme/subscribers/alice')).status).toBe(204);
      expect((await ask('DELETE', '/v1/tenants/acme/subscribers/alice')).status).toBe(404);
    });
  });

  describe('numbers', () => {
    it('belong to one tenant, and may lead to a subscriber', async () => {
      const created = await ask('PUT', '/v1/tenants/paged/numbers/+49 (30) 999', { json: { username: 'user-00' } });
      expect([created.status, created.json['e164'], created.json['username']]).toEqual([201, '+4930999', 'user-00']);
      const changed = await ask('PUT', '/v1/tenants/paged/numbers/+4930999');
      expect([changed.status, 'username' in changed.json]).toEqual([200, false]);
      const taken = await ask('PUT', '/v1/tenants/acme/numbers/+4930999');
      expect([taken.status, fieldsOf(taken.json)]).toEqual([409, ['e164']]);
      const nobody = await ask('PUT', '/v1/tenants/paged/numbers/+4930999', { json: { username: 'nobody' } });
      expect([nobody.status, fieldsOf(nobody.json)]).toEqual([409, ['username']]);
      const bad = await ask('PUT', '/v1/tenants/paged/numbers/030999');
      expect([bad.status, fieldsOf(bad.json)]).toEqual([400, ['e164']]);
      expect((await ask('GET', '/v1/tenants/acme/numbers/+4930999')).status).toBe(404);
      expect((await ask('GET', '/v1/tenants/paged/numbers')).json['items']).toHaveLength(1);
    });
  });

  describe('routes', () => {
    const redirect = {
      match: { kind: 'domain', domain: '*.partner.example' },
      action: {
        kind: 'redirect',
        statusCode: 302,
        contacts: [{ uri: 'sip:a@b.example' }, { uri: 'tel:+4930', qThousandths: 500 }],
      },
    };

    it('are created, replaced and removed', async () => {
      const created = await ask('PUT', '/v1/tenants/acme/routes/r1', { json: redirect });
      expect(created.status).toBe(201);
      expect(created.json).toMatchObject({ routeId: 'r1', trustClass: 'untrusted', match: redirect.match });
      expect((await ask('PUT', '/v1/tenants/acme/routes/r1', { json: redirect })).json).toEqual(created.json);
      const hop = {
        match: redirect.match,
        action: { kind: 'next-hop', uri: 'sip:gw.example;transport=tcp' },
        trustClass: 'peer',
      };
      const replaced = await ask('PUT', '/v1/tenants/acme/routes/r1', { json: hop });
      expect([replaced.status, replaced.json['action']]).toEqual([200, hop.action]);
      const rival = await ask('PUT', '/v1/tenants/acme/routes/r2', { json: redirect });
      expect([rival.status, fieldsOf(rival.json)]).toEqual([409, ['match']]);
      expect((await ask('GET', '/v1/tenants/acme/routes')).json['items']).toEqual([replaced.json]);
      expect((await ask('GET', '/v1/tenants/acme/routes/r1')).json).toEqual(replaced.json);
      expect((await ask('DELETE', '/v1/tenants/acme/routes/r1')).status).toBe(204);
      expect((await ask('GET', '/v1/tenants/acme/routes/r1')).status).toBe(404);
    });

    it.each([
      ['no action', { match: redirect.match }, ['action']],
      ['an unknown kind of match', { ...redirect, match: { kind: 'moon' } }, ['match.kind']],
      ['a match without its value', { ...redirect, match: { kind: 'domain' } }, ['match.domain']],
      [
        'a prefix without its plus',
        { ...redirect, match: { kind: 'number-prefix', numberPrefix: '49' } },
        ['match.numberPrefix'],
      ],
      ['another status', { ...redirect, action: { kind: 'redirect', statusCode: 305 } }, ['action.statusCode']],
      [
        'a contact that is no URI',
        { ...redirect, action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: 'bob' }] } },
        ['action.contacts.0.uri'],
      ],
      [
        'a contact that breaks a header',
        { ...redirect, action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: 'sip:a@b>\r\nX: y' }] } },
        ['action.contacts.0.uri'],
      ],
      [
        'a contact twice',
        {
          ...redirect,
          action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: 'sip:a@b' }, { uri: 'sip:a@b' }] },
        },
        ['action.contacts.1.uri'],
      ],
      [
        'a q above 1',
        {
          ...redirect,
          action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: 'sip:a@b', qThousandths: 1001 }] },
        },
        ['action.contacts.0.qThousandths'],
      ],
      ['a next hop without a host', { ...redirect, action: { kind: 'next-hop', uri: 'sip:' } }, ['action.uri']],
    ])('are refused with %s', async (_name, json, fields) => {
      const refused = await ask('PUT', '/v1/tenants/acme/routes/bad', { json });
      expect([refused.status, fieldsOf(refused.json)]).toEqual([422, fields]);
    });
  });
});
