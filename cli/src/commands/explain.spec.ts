import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from '../testing/fake-api.js';

describe('ringdown explain', () => {
  let api: FakeApi;
  const explanation = {
    edgeId: 'edge-1',
    outcome: { kind: 'answered', statusCode: 404, reasonPhrase: 'Not Found' },
    steps: [
      { step: 'routes', decision: 'tenant acme has 2 routes', rule: 'route a; route b' },
      { step: 'outcome', decision: 'answered 404 Not Found' },
    ],
  };
  beforeEach(async () => {
    api = await startFakeApi();
    api.answers.set('POST /v1/explain', { json: explanation });
  });
  afterEach(() => api.stop());

  it.each<readonly [readonly string[], object]>([
    [['alice@acme.test', 'bob'], { from: 'sip:alice@acme.test', to: 'sip:bob@acme.test' }],
    [['alice@acme.test', '+4930'], { to: 'sip:+4930@acme.test' }],
    [['alice@acme.test', 'tel:+4930'], { to: 'tel:+4930' }],
    [['sips:alice@acme.test:5061;x=y', 'bob'], { from: 'sips:alice@acme.test:5061;x=y', to: 'sip:bob@acme.test:5061' }],
    [['alice@acme.test', 'dave@b.test'], { to: 'sip:dave@b.test', method: 'INVITE', transport: 'UDP' }],
    [['alice@acme.test', '--method', 'REGISTER'], { to: 'sip:acme.test', method: 'REGISTER' }],
    [['alice@acme.test', 'b.test', '--method', 'REGISTER'], { to: 'sip:b.test' }],
    [
      ['a@b.test', 'c', '--transport', 'WSS', '--source', '10.0.0.1:5060', '--user', 'alice'],
      { transport: 'WSS', source: '10.0.0.1:5060', username: 'alice' },
    ],
  ])('%j asks %o', async (words, question) => {
    expect(await api.ringdown(['explain', ...words])).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(api.asked[0]?.body ?? '')).toMatchObject(question);
  });

  it('shows each decision with its rule below it', async () => {
    const { out } = await api.ringdown(['explain', 'alice@acme.test', 'bob']);
    expect(out.split('\n')).toEqual([
      'routes   tenant acme has 2 routes',
      '         ↳ route a',
      '           route b',
      'outcome  answered 404 Not Found',
      '',
    ]);
    const { out: json } = await api.ringdown(['explain', 'alice@acme.test', 'bob', '--json']);
    expect(JSON.parse(json)).toEqual(explanation);
  });

  it.each<readonly [string, readonly string[], number, string]>([
    ['a caller without a domain', ['alice', 'bob'], 1, '"alice" names no domain.'],
    ['no callee', ['alice@acme.test'], 1, 'It is not said who is called.'],
    ['an unknown method', ['a@b', 'c', '--method', 'BYE'], 2, "'BYE' is invalid"],
  ])('refuses %s', async (_name, words, code, sentence) => {
    const ran = await api.ringdown(['explain', ...words]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(sentence);
  });

  it('says so where no edge serves it', async () => {
    api.answers.clear();
    const { code, err } = await api.ringdown(['explain', 'alice@acme.test', 'bob']);
    expect(code).toBe(1);
    expect(err).toContain('There is no edge behind this API');
  });
});
