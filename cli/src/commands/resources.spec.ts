import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../testing/fake-api.js';

const stored = { version: 7, createdAt: 'then', updatedAt: 'now' };

describe('ringdown <resources>', () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await startFakeApi();
  });
  afterEach(() => api.stop());

  /** What was put where, by the last command. */
  async function put(words: readonly string[], input?: string) {
    const { code, err } = await api.ringdown(words, input);
    const asked = api.asked.find(({ method }) => method === 'PUT');
    return {
      code,
      err,
      path: asked?.path,
      body: asked === undefined ? undefined : (JSON.parse(asked.body) as unknown),
    };
  }

  const accepting = (at: string): void => void api.answers.set(`PUT ${at}`, { json: {} });

  it.each<readonly [string, readonly string[], string, object]>([
    [
      'a tenant',
      [
        'tenants',
        'create',
        'acme',
        '--domain',
        'acme.test',
        '--digest',
        'SHA-256',
        '--digest',
        'MD5',
        '--set',
        'limits.maxCallsPerSec=10',
        '--set',
        'policies.forkMode=serial',
      ],
      '/v1/tenants/acme',
      {
        canonicalDomain: 'acme.test',
        digestAlgorithms: ['SHA-256', 'MD5'],
        limits: { maxCallsPerSec: 10 },
        policies: { forkMode: 'serial' },
      },
    ],
    ['a domain', ['domains', 'create', 'acme', 'a.test'], '/v1/tenants/acme/domains/a.test', {}],
    [
      'a number that routes decide about',
      ['numbers', 'create', 'acme', '+4930'],
      '/v1/tenants/acme/numbers/%2B4930',
      {},
    ],
    [
      'a number of a subscriber',
      ['numbers', 'create', 'acme', '+4930', '--username', 'bob'],
      '/v1/tenants/acme/numbers/%2B4930',
      { username: 'bob' },
    ],
    [
      'a subscriber with a password of digits',
      ['subscribers', 'create', 'acme', 'a/b', '--password', '0123', '--identity', 'sip:sales@acme.test', '--disabled'],
      '/v1/tenants/acme/subscribers/a%2Fb',
      { password: '0123', identities: ['sip:sales@acme.test'], enabled: false },
    ],
    [
      'a route to a next hop',
      ['routes', 'create', 'acme', 'r', '--prefix', '+49', '--next-hop', 'sip:gw', '--trust', 'peer'],
      '/v1/tenants/acme/routes/r',
      {
        match: { kind: 'number-prefix', numberPrefix: '+49' },
        action: { kind: 'next-hop', uri: 'sip:gw' },
        trustClass: 'peer',
      },
    ],
    [
      'a route that redirects',
      ['routes', 'create', 'acme', 'r', '--domain', '*', '--redirect', 'sip:a', '--redirect', 'sip:b'],
      '/v1/tenants/acme/routes/r',
      {
        match: { kind: 'domain', domain: '*' },
        action: { kind: 'redirect', statusCode: 302, contacts: [{ uri: 'sip:a' }, { uri: 'sip:b' }] },
      },
    ],
    [
      'a room with a PIN of digits',
      ['rooms', 'create', 'acme', 'daily', '--pin', '0042', '--moderator', 'sip:a@acme.test'],
      '/v1/tenants/acme/conferences/rooms/daily',
      { pin: '0042', moderators: ['sip:a@acme.test'] },
    ],
    [
      'a webhook for answered calls',
      [
        'webhooks',
        'create',
        'acme',
        'billing',
        '--url',
        'https://b.example/',
        '--secret',
        'whsec_x',
        '--event',
        'call-record.answered',
      ],
      '/v1/tenants/acme/webhooks/billing',
      { url: 'https://b.example/', secret: 'whsec_x', events: ['call-record.answered'] },
    ],
  ])('creates %s', async (_name, words, path, body) => {
    accepting(path);
    expect(await put(words)).toEqual({ code: 0, err: '', path, body });
  });

  it('creates nothing over what is there', async () => {
    api.answers.set('GET /v1/tenants/acme/subscribers/bob', { json: {} });
    const { code, err, path } = await put(['subscribers', 'create', 'acme', 'bob', '--password', 'x']);
    expect({ code, path }).toEqual({ code: 1, path: undefined });
    expect(err).toBe('ringdown: There is a subscriber bob already.\n  `ringdown subscribers update` changes it.\n');
  });

  it('takes a password from the standard input', async () => {
    accepting('/v1/tenants/acme/subscribers/bob');
    const words = ['subscribers', 'create', 'acme', 'bob', '--password-stdin'];
    expect(await put(words, 'correct horse\n')).toMatchObject({ code: 0, body: { password: 'correct horse' } });
    expect(await put(words, '')).toMatchObject({ code: 1, err: expect.stringContaining('no password') });
  });

  it('takes the fields from a file, options over them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-cli-'));
    const file = join(folder, 'tenant.json');
    writeFileSync(
      file,
      JSON.stringify({ canonicalDomain: 'acme.test', limits: { maxCallsPerSec: 1, maxConferences: 2 } }),
    );
    accepting('/v1/tenants/acme');
    const words = ['tenants', 'create', 'acme', '--set', 'limits.maxCallsPerSec=9', '--file'];
    expect(await put([...words, file])).toMatchObject({
      body: { canonicalDomain: 'acme.test', limits: { maxCallsPerSec: 9, maxConferences: 2 } },
    });
    rmSync(folder, { recursive: true });
    expect(await put([...words, file])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${file} can't be read (ENOENT)`),
    });
    expect(await put([...words, '-'], '[]')).toMatchObject({ code: 1, err: expect.stringContaining('no JSON object') });
  });

  it.each<readonly [string, readonly string[], string, object, object]>([
    [
      'one limit of a tenant',
      ['tenants', 'update', 'acme', '--set', 'limits.maxCallsPerSec=10'],
      '/v1/tenants/acme',
      { tenantId: 'acme', canonicalDomain: 'a.test', limits: { maxCallsPerSec: 1, maxConferences: 2 }, ...stored },
      { canonicalDomain: 'a.test', limits: { maxCallsPerSec: 10, maxConferences: 2 } },
    ],
    [
      'whether a subscriber is enabled, and no password',
      ['subscribers', 'update', 'acme', 'bob', '--enabled'],
      '/v1/tenants/acme/subscribers/bob',
      {
        tenantId: 'acme',
        username: 'bob',
        displayName: 'Bob',
        identities: ['sip:bob@a.test'],
        enabled: false,
        ...stored,
      },
      { displayName: 'Bob', identities: ['sip:bob@a.test'], enabled: true },
    ],
    [
      'the action of a route, with nothing left of the one before',
      ['routes', 'update', 'acme', 'r', '--session', 'b2bua'],
      '/v1/tenants/acme/routes/r',
      {
        routeId: 'r',
        match: { kind: 'domain', domain: '*' },
        action: { kind: 'redirect', statusCode: 302, contacts: [] },
        trustClass: 'peer',
        ...stored,
      },
      { match: { kind: 'domain', domain: '*' }, action: { kind: 'session', service: 'b2bua' }, trustClass: 'peer' },
    ],
  ])('changes %s', async (_name, words, path, there, body) => {
    api.answers.set(`GET ${path}`, { json: there });
    accepting(path);
    expect(await put(words)).toEqual({ code: 0, err: '', path, body });
  });

  it('changes nothing where nothing is named', async () => {
    const { code, err, path } = await put(['numbers', 'update', 'acme', '+4930']);
    expect({ code, path }).toEqual({ code: 1, path: undefined });
    expect(err).toContain('Nothing was named that should change in number +4930.');
  });

  it('lists, shows and deletes', async () => {
    const route = {
      routeId: 'r',
      match: { kind: 'domain', domain: '*' },
      action: { kind: 'next-hop', uri: 'sip:gw' },
      trustClass: 'peer',
    };
    api.answers.set('GET /v1/tenants/acme/routes', { json: { items: [route, route, route], next: null } });
    api.answers.set('GET /v1/tenants/acme/routes/r', { json: route });
    api.answers.set('DELETE /v1/tenants/acme/routes/r', { status: 204 });
    expect((await api.ringdown(['routes', 'list', 'acme', '--limit', '1'])).out).toBe(
      'ROUTE  FOR       DOES             FAR SIDE\nr      domain *  next hop sip:gw  peer\n',
    );
    expect((await api.ringdown(['routes', 'show', 'acme', 'r'])).out).toContain('action.uri    sip:gw');
    expect((await api.ringdown(['routes', 'delete', 'acme', 'r'])).out).toBe('Removed route r.\n');
    expect(await api.ringdown(['routes', 'delete', 'acme', 'x'])).toMatchObject({ code: 1 });
    api.answers.set('GET /v1/tenants/acme/numbers', { json: { items: [], next: null } });
    expect((await api.ringdown(['numbers', 'list', 'acme'])).out).toBe('There are no numbers.\n');
  });

  it('imports subscribers', async () => {
    api.answers.set('POST /v1/tenants/acme/subscribers:import', { json: { created: 2, updated: 1, unchanged: 0 } });
    const { code, out } = await api.ringdown(['subscribers', 'import', 'acme', '-'], 'username,password\na,b\n');
    expect({ code, out }).toEqual({ code: 0, out: 'Imported: 2 created, 1 changed, 0 as they were.\n' });
    expect(api.asked.at(-1)?.body).toBe('username,password\na,b\n');
  });

  it.each([
    ['a field without a value', ['tenants', 'create', 'acme', '--set', 'x'], 'It must be a field, an = and a value.'],
    ['no name', ['tenants', 'create'], "missing required argument 'tenant'"],
    ['half a name', ['subscribers', 'show', 'acme'], "missing required argument 'username'"],
    ['no count', ['tenants', 'list', '--limit', '0'], 'whole number above 0'],
    ['an update that there is none of', ['domains', 'update', 'acme', 'a.test'], "unknown command 'update'"],
  ])('ends with 2 for %s', async (_name, words, sentence) => {
    const { code, err } = await api.ringdown(words);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
