import { path } from '../rest-client.js';
import { choice, list, type Resource, text } from './resource.js';

/** Where a tenant is told of the records of its calls. `update` has a parked one tried again. */
export const webhooks: Resource = {
  plural: 'webhooks',
  singular: 'webhook',
  name: 'webhook',
  inTenant: true,
  path: (tenant) => path`/v1/tenants/${tenant}/webhooks`,
  columns: [
    ['webhook', ({ name }) => name],
    ['url', ({ url }) => url],
    ['state', ({ state }) => state],
    ['waiting', ({ pendingMessages }) => pendingMessages],
    ['given up', ({ parkedMessages }) => parkedMessages],
    ['last failure', ({ lastFailure }) => lastFailure],
  ],
  written: ['url', 'events', 'enabled'],
  options: [
    text('--url <url>', 'url', 'where records are posted to, by https'),
    text('--secret <secret>', 'secret', 'whsec_ and the base64 of 24 to 64 random bytes; messages are signed with it'),
    list('--event <event>', 'events', 'call-record.answered or call-record.unanswered; both where absent'),
    ...choice('enabled', 'enabled', 'disabled', 'it'),
  ],
};
