import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAKE_TOKEN, type FakeApi, runCommand, startFakeApi } from './testing/fake-api.js';

const record = (callKey: string) => ({
  callKey,
  sipCallId: `${callKey}@x`,
  originating: { identity: 'sip:alice@x' },
  terminating: { identity: 'sip:bob@x' },
});

describe('the command line', () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await startFakeApi();
  });
  afterEach(() => api.stop());

  it('lists a page after the other, with the key', async () => {
    const page = (asked: { readonly path: string }) =>
      asked.path.includes('cursor=two')
        ? { json: { items: [record('b')], next: null } }
        : { json: { items: [record('a')], next: 'two' } };
    api.answers.set('GET /v1/tenants/acme', { json: {} }).set('GET /v1/tenants/acme/calls', page);
    const { code, out } = await api.ringdown(['calls', 'acme']);
    expect(code).toBe(0);
    expect(out).toMatch(/^TENANT {2}FROM .*CALL-ID\nacme {4}sip:alice@x .* a@x\nacme {4}sip:alice@x .* b@x\n$/);
    expect(api.asked.map(({ path }) => path)).toEqual([
      '/v1/tenants/acme',
      '/v1/tenants/acme/calls?limit=1000',
      '/v1/tenants/acme/calls?limit=1000&cursor=two',
    ]);
    expect(new Set(api.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${FAKE_TOKEN}`]));
  });

  it('prints JSON where it is asked to, before or after the command, and a call of two tenants once', async () => {
    const tenants = [{ tenantId: 'acme' }, { tenantId: 'globex' }];
    api.answers.set('GET /v1/tenants', { json: { items: tenants, next: null } });
    for (const { tenantId } of tenants)
      api.answers.set(`GET /v1/tenants/${tenantId}/calls`, { json: { items: [record('a')], next: null } });
    for (const words of [
      ['calls', '--json'],
      ['--json', 'calls'],
    ]) {
      const { out } = await api.ringdown(words);
      expect(JSON.parse(out)).toEqual([{ tenantId: 'acme', ...record('a') }]);
    }
  });

  it.each([
    ['a tenant that does not exist', ['calls', 'nobody'], 'There is no tenant nobody.'],
    ['a service that is not there', ['calls', 'acme'], 'There is no accounting service behind this API'],
    ['a wrong key', ['calls', 'locked'], 'the key is wrong'],
    [
      'several fields to blame',
      ['calls', 'bad'],
      'limit must be small; cursor is odd (GET /v1/tenants/bad was answered 400)\n  limit must be small\n  cursor is odd\n',
    ],
    ['an answer that is none of ours', ['calls', 'gateway'], 'GET /v1/tenants/gateway was answered 502'],
  ])('ends with 1 and a sentence at %s', async (_name, words, sentence) => {
    api.answers.set('GET /v1/tenants/acme', { json: {} });
    api.answers.set('GET /v1/tenants/locked', { status: 401, json: { detail: 'The key is wrong.' } });
    api.answers.set('GET /v1/tenants/gateway', { status: 502 });
    const errors = [
      { field: 'limit', detail: 'must be small' },
      { field: 'cursor', detail: 'is odd' },
    ];
    api.answers.set('GET /v1/tenants/bad', {
      status: 400,
      json: { detail: 'limit must be small; cursor is odd', errors },
    });
    const { code, out, err } = await api.ringdown(words);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`ringdown: `);
    expect(err).toContain(sentence);
  });

  it('ends with 1 where nobody listens', async () => {
    await api.stop();
    const { code, err } = await api.ringdown(['calls']);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`${api.url} can't be reached (ECONNREFUSED)`),
    });
    api = await startFakeApi();
  });

  it.each([[['cals']], [['calls', 'a', 'b']], [['calls', '--fast']], [[]]])('ends with 2 for %j', async (words) => {
    const { code, err } = await runCommand(words, {});
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });

  it('ends with 0 for help', async () => {
    const { code, out } = await runCommand(['--help'], {});
    expect(code).toBe(0);
    expect(out).toContain('RINGDOWN_API_URL');
  });
});
