import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FAKE_TOKEN, type FakeApi, runCommand, startFakeApi } from '../testing/fake-api.js';

const message = {
  edge: 'edge-1',
  atUs: 1_763_800_000_000_000,
  direction: 'received',
  transport: 'UDP',
  local: '192.0.2.1:5060',
  remote: '192.0.2.7:5062',
  peer: null,
  sip: 'BYE sip:ben@a.test SIP/2.0\r\nFrom: <sip:anna@a.test>\r\n\r\n',
};
const edge = { id: 'edge-1', answer: 'found', truncated: false, reachesBackMs: 42_000 };
const call = { callId: 'a/b@c', traceId: '4bf9', sampled: true, kept: null, edges: [edge], messages: [message] };
const at = '/v1/calls/a%2Fb%40c';

describe('ringdown trace', () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await startFakeApi();
    api.answers.set(`GET ${at}/messages`, { json: call }).set(`POST ${at}/keep`, { status: 202 });
  });
  afterEach(() => api.stop());

  it('draws the ladder and names the trace', async () => {
    const { code, out } = await api.ringdown(['trace', 'a/b@c']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /192\.0\.2\.7:5062 +edge-1\n +anna\n +0\.000 s +│─+ BYE ─+>│\n\nTrace 4bf9: its spans are exported\n$/,
    );
    expect(out).not.toContain('SIP/2.0');
  });

  it.each([
    [
      'a link to the trace',
      { RINGDOWN_TRACE_URL: 'https://traces.test/t/{traceId}' },
      {},
      'Trace 4bf9: https://traces.test/t/4bf9\n',
    ],
    [
      'that there is none',
      { RINGDOWN_TRACE_URL: 'https://traces.test/t/{traceId}' },
      { sampled: false },
      'are not exported',
    ],
    ['why it is kept', {}, { kept: 'failed' }, 'since the call failed'],
    ['who did not answer', {}, { edges: [edge, { ...edge, id: 'edge-2', answer: 'silent' }] }, 'edge-2 did not answer'],
    [
      'who keeps none',
      {},
      { edges: [edge, { ...edge, id: 'edge-2', answer: 'keeps-none' }] },
      'edge-2 keeps no messages',
    ],
    ['who has more', {}, { edges: [{ ...edge, truncated: true }] }, 'edge-1 has more messages than fit'],
  ])('shows %s', async (_what, environment, more, text) => {
    api.answers.set(`GET ${at}/messages`, { json: { ...call, ...more } });
    const surroundings = { RINGDOWN_API_URL: api.url, RINGDOWN_ADMIN_TOKEN: FAKE_TOKEN, ...environment };
    expect((await runCommand(['trace', 'a/b@c'], surroundings)).out).toContain(text);
  });

  it('prints whole messages', async () => {
    expect((await api.ringdown(['trace', 'a/b@c', '--messages'])).out).toContain(
      '\nBYE sip:ben@a.test SIP/2.0\nFrom: <sip:anna@a.test>\n',
    );
  });

  it('prints JSON', async () => {
    expect(JSON.parse((await api.ringdown(['trace', 'a/b@c', '--json'])).out)).toEqual(call);
  });

  it('has it kept, before it looks', async () => {
    api.answers.set(`GET ${at}/messages`, { json: { ...call, messages: [], kept: 'operator' } });
    const { code, out } = await api.ringdown(['trace', 'a/b@c', '--keep']);
    expect(code).toBe(0);
    expect(out).toContain('somebody has asked');
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([`POST ${at}/keep`, `GET ${at}/messages`]);
  });

  it('ends with 1 where nobody has seen the call, and says how far back the edges go', async () => {
    api.answers.set(`GET ${at}/messages`, { json: { ...call, messages: [] } });
    const { code, err } = await api.ringdown(['trace', 'a/b@c']);
    expect(code).toBe(1);
    expect(err).toContain('No edge has a message of the call a/b@c.');
    expect(err).toContain('edge-1: 42 s');
  });
});
