import type { TenantId } from '@ringdown/platform/commands';
import type { StoredRecord } from '../ports/record-reader.js';
import { recordView } from './record-view.js';

/** What is posted to a webhook of the tenant: Standard Webhooks' envelope around records as the REST API shows them. */
export function messageBody(tenantId: TenantId, records: readonly StoredRecord[], now: Date): string {
  return JSON.stringify({
    type: 'call-records',
    timestamp: now.toISOString(),
    data: { tenantId, records: records.map((record) => recordView(record, tenantId)) },
  });
}
