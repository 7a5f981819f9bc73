import { readCounter, readHistogram } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import type { EdgeMeters } from './adapters/metering/edge-meters.js';

/** What carriers ask of calls and registrations, by tenant; and how requests were answered. */
export function registerCallMetrics(registry: Registry, { tenants: meter, transactions }: EdgeMeters): void {
  readCounter(registry, {
    name: 'ringdown_sip_server_transactions_total',
    help: 'Requests from phones, peers and other parts of the platform that got a final response, by method and status code; codes that nobody has registered by their class',
    *read() {
      for (const [method, code, count] of transactions.answers()) yield [{ method, code }, count];
    },
  });
  readCounter(registry, {
    name: 'ringdown_calls_seized_total',
    help: 'Calls that were sent on to somebody, by the tenant that they are accounted to: the seizures of the answer-seizure ratio',
    *read() {
      for (const [tenant, { callsBegun }] of meter.tenants.entries()) yield [{ tenant }, callsBegun];
    },
  });
  readCounter(registry, {
    name: 'ringdown_calls_answered_total',
    help: 'Calls that were answered, by tenant',
    *read() {
      for (const [tenant, { callsAnswered }] of meter.tenants.entries()) yield [{ tenant }, callsAnswered];
    },
  });
  readCounter(registry, {
    name: 'ringdown_calls_released_total',
    help: 'Calls that ended, by tenant and cause: hung-up, cancelled, no-answer, rejected',
    *read() {
      for (const [tenant, { callsEnded }] of meter.tenants.entries())
        for (const [cause, count] of Object.entries(callsEnded)) yield [{ tenant, cause }, count];
    },
  });
  readCounter(registry, {
    name: 'ringdown_registrations_total',
    help: 'REGISTERs with proven credentials, by tenant and outcome: accepted, refused, failed (5xx)',
    *read() {
      for (const [tenant, { registrations }] of meter.tenants.entries())
        for (const [outcome, count] of Object.entries(registrations)) yield [{ tenant, outcome }, count];
    },
  });
  const histogram = (name: string, help: string, of: typeof meter.callSec): void =>
    readHistogram(registry, { name, help, read: () => [[{}, of]] });
  histogram(
    'ringdown_call_post_dial_delay_seconds',
    'From an INVITE to the first 18x or 2xx that went back',
    meter.postDialDelaySec,
  );
  histogram('ringdown_call_answer_delay_seconds', 'From an INVITE to its 2xx', meter.answerDelaySec);
  histogram(
    'ringdown_call_duration_seconds',
    'From the INVITE of a call to its BYE, counted at the BYE',
    meter.callSec,
  );
}
