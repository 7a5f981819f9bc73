import type { LookupFunction } from 'node:net';
import { CertificateAuthority } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startWebhookEndpoint, type WebhookEndpoint, withStatus } from '../../testing/webhook-endpoint.js';
import { webhookPoster } from './webhook-post.js';

const message = { headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json' }, body: '{"name":"Zoë"}' };

/** A lookup that gives these addresses, one list a lookup, and remembers the names. */
function lookupOf(...answers: readonly (readonly string[])[]) {
  const names: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    const addresses = answers[names.length] ?? [];
    names.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup, names };
}

describe('posting to an endpoint', () => {
  let authority: CertificateAuthority;
  let secure: WebhookEndpoint;
  let plain: WebhookEndpoint;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    secure = await startWebhookEndpoint(await authority.issue(['localhost', 'billing.example.com']));
    plain = await startWebhookEndpoint();
  });
  afterEach(() => {
    for (const endpoint of [secure, plain]) endpoint.answer(withStatus(204));
  });
  afterAll(async () => {
    await secure?.stop();
    await plain?.stop();
  });

  it('sends headers and body over TLS', async () => {
    const post = webhookPoster({ targets: 'any', ca: authority.certPem });
    expect(await post({ url: `${secure.url}calls?k=1`, ...message })).toEqual({
      kind: 'answered',
      statusCode: 204,
      retryAfterMs: 0,
    });
    const { path, headers, body } = secure.received.at(-1)!;
    expect([path, body, headers['content-length']]).toEqual(['/calls?k=1', message.body, '15']);
    expect(headers).toMatchObject(message.headers);
  });

  it('believes nobody who has no certificate of an authority that it knows, for that name', async () => {
    const before = secure.received.length;
    const details = [
      await webhookPoster({ targets: 'any' })({ url: secure.url, ...message }),
      await webhookPoster({ targets: 'any', ca: authority.certPem, lookup: lookupOf(['127.0.0.1']).lookup })({
        url: `https://other.example.com:${secure.port}/`,
        ...message,
      }),
    ];
    expect(details).toEqual([
      { kind: 'failed', detail: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/) },
      { kind: 'failed', detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') },
    ]);
    expect(secure.received).toHaveLength(before);
  });

  it('connects to what its one lookup gave, so that none judges another address', async () => {
    const { lookup, names } = lookupOf(['127.0.0.1'], ['10.0.0.7']);
    const post = webhookPoster({ targets: 'any', ca: authority.certPem, lookup });
    const result = await post({ url: `https://billing.example.com:${secure.port}/`, ...message });
    expect([result.kind, names]).toEqual(['answered', ['billing.example.com']]);
  });

  it('follows no redirect', async () => {
    plain.answer(withStatus(302, { location: `${plain.url}elsewhere` }));
    const before = plain.received.length;
    expect(await webhookPoster({ targets: 'any' })({ url: plain.url, ...message })).toMatchObject({ statusCode: 302 });
    expect(plain.received).toHaveLength(before + 1);
  });

  it.each([
    ['7', 7_000],
    ['never', 0],
  ])('reads Retry-After: %s', async (value, retryAfterMs) => {
    plain.answer(withStatus(503, { 'retry-after': value }));
    expect(await webhookPoster({ targets: 'any' })({ url: plain.url, ...message })).toEqual({
      kind: 'answered',
      statusCode: 503,
      retryAfterMs,
    });
  });

  it('waits for an answer only so long', async () => {
    plain.answer(() => undefined);
    expect(await webhookPoster({ targets: 'any', timeoutMs: 100 })({ url: plain.url, ...message })).toEqual({
      kind: 'failed',
      detail: 'no answer within 0.1 s',
    });
  });

  it.each([
    ['that never ends', (write: (text: string) => void) => write('.')],
    ['without bounds', (write: (text: string) => void) => write('.'.repeat(1_000_000))],
  ])('takes the status for the answer of a body %s', async (_what, body) => {
    plain.answer((response) => {
      response.writeHead(200);
      body((text) => void response.write(text));
    });
    const post = webhookPoster({ targets: 'any', timeoutMs: 200 });
    expect(await post({ url: plain.url, ...message })).toMatchObject({ kind: 'answered', statusCode: 200 });
  });

  it('says that nobody listens', async () => {
    const gone = await startWebhookEndpoint();
    await gone.stop();
    expect(await webhookPoster({ targets: 'any' })({ url: gone.url, ...message })).toEqual({
      kind: 'failed',
      detail: 'it cannot be reached: ECONNREFUSED',
    });
  });

  describe('of tenants', () => {
    const before = () => secure.received.length + plain.received.length;

    it.each([
      ['http', () => plain.url, 'it is no https URL'],
      [
        'a loopback address',
        () => `https://127.0.0.1:${secure.port}/`,
        '127.0.0.1 is no address of the public internet',
      ],
      ['another way to write one', () => `https://0x7f.1:${secure.port}/`, '127.0.0.1 is no address of'],
      ['one of IPv6', () => `https://[::1]:${secure.port}/`, '::1 is no address of the public internet'],
      ['one within IPv6', () => `https://[::ffff:127.0.0.1]:${secure.port}/`, '::ffff:7f00:1 is no address of'],
      ['the metadata of a cloud', () => 'https://169.254.169.254/latest', '169.254.169.254 is no address of'],
      ['a name of this machine', () => secure.url, 'is no address of the public internet'],
    ])('refuses %s', async (_what, url, detail) => {
      const count = before();
      const post = webhookPoster({ targets: 'public', ca: authority.certPem });
      expect(await post({ url: url(), ...message })).toEqual({
        kind: 'failed',
        detail: expect.stringContaining(detail),
      });
      expect(before()).toBe(count);
    });

    it.each([[['10.0.0.7']], [['8.8.8.8', '127.0.0.1']], [['fd00::1']]])(
      'refuses a name with the addresses %j',
      async (addresses) => {
        const { lookup, names } = lookupOf(addresses, ['127.0.0.1']);
        const post = webhookPoster({ targets: 'public', ca: authority.certPem, lookup });
        const result = await post({ url: `https://billing.example.com:${secure.port}/`, ...message });
        expect(result).toEqual({ kind: 'failed', detail: expect.stringContaining(addresses.at(-1)!) });
        // No second lookup, which could answer otherwise.
        expect(names).toEqual(['billing.example.com']);
      },
    );
  });
});
