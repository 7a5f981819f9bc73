import { describe, expect, it } from 'vitest';
import { parseWebhookName, parseWebhookSecret, parseWebhookUrl } from './webhook.js';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

describe('a webhook', () => {
  it.each([
    ['https://billing.example.com', 'https://billing.example.com/'],
    ['HTTPS://Billing.Example.com:443/calls?k=1', 'https://billing.example.com/calls?k=1'],
    ['http://10.0.0.1:8080/x', 'http://10.0.0.1:8080/x'],
  ])('leads to %s', (text, url) => {
    expect(parseWebhookUrl(text)).toEqual({ ok: true, value: url });
  });

  it.each([
    'billing.example.com',
    'ftp://billing.example.com',
    'file:///etc/passwd',
    'https://user:secret@billing.example.com',
    'https://billing.example.com/#here',
    'https://',
    `https://billing.example.com/${'a'.repeat(2048)}`,
  ])('does not lead to %s', (text) => {
    expect(parseWebhookUrl(text).ok).toBe(false);
  });

  it.each([secretOf(24), secretOf(32), secretOf(64)])('has a secret such as %s', (text) => {
    expect(parseWebhookSecret(text)).toEqual({ ok: true, value: text });
  });

  it.each(['', 'whsec_', 'secret', secretOf(23), secretOf(65), `whsec_${'?'.repeat(40)}`, secretOf(32).slice(6)])(
    'has no secret such as %s',
    (text) => {
      expect(parseWebhookSecret(text).ok).toBe(false);
    },
  );

  it('has a name of a path segment', () => {
    expect(parseWebhookName('billing-1')).toEqual({ ok: true, value: 'billing-1' });
    for (const name of ['', 'Billing', 'a/b', '-a', 'a-', 'a'.repeat(64)])
      expect(parseWebhookName(name).ok).toBe(false);
  });
});
