import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookSignature } from './webhook-signature.js';

const secret = `whsec_${Buffer.from('twenty-four bytes secret').toString('base64')}`;
const former = `whsec_${Buffer.from('the secret that was before').toString('base64')}`;

describe('the signature of a webhook', () => {
  const timestampSec = Math.floor(Date.now() / 1000);
  const message = { id: 'msg_1', timestampSec, body: '{"type":"call-records","name":"Zoë"}' };
  const headers = (signature: string) => ({
    'webhook-id': message.id,
    'webhook-timestamp': String(timestampSec),
    'webhook-signature': signature,
  });

  it('is what the library of Standard Webhooks verifies', () => {
    const signed = headers(webhookSignature([secret], message));
    expect(new Webhook(secret).verify(message.body, signed)).toEqual(JSON.parse(message.body));
    expect(() => new Webhook(secret).verify(message.body.replace('Zoë', 'Zoe'), signed)).toThrow('No matching');
    expect(() => new Webhook(former).verify(message.body, signed)).toThrow('No matching');
    expect(() => new Webhook(secret).verify(message.body, { ...signed, 'webhook-id': 'msg_2' })).toThrow('No matching');
  });

  it('is given with either secret while one replaces the other', () => {
    const signed = headers(webhookSignature([secret, former], message));
    for (const known of [secret, former]) expect(new Webhook(known).verify(message.body, signed)).toBeDefined();
  });
});
