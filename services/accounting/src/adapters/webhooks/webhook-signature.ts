import { createHmac } from 'node:crypto';

/**
 * The `webhook-signature` of Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of id, time and body, once for each secret,
 * so that a receiver may change its secret at leisure. Secrets are `whsec_` and base64.
 */
export function webhookSignature(
  secrets: readonly string[],
  message: { readonly id: string; readonly timestampSec: number; readonly body: string },
): string {
  const signed = `${message.id}.${message.timestampSec}.${message.body}`;
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    })
    .join(' ');
}
