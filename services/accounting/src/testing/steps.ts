import type { CallStep, CallStepEvent } from '../domain/call-step.js';
import type { CallLimits } from '../domain/merge.js';

export const limits: CallLimits = { maxCallMs: 86_400_000, maxSetupMs: 900_000, refreshGraceMs: 30_000 };

/** When the calls of these tests start: 2026-11-22, 10:00:00.250 UTC. */
export const startMs = Date.UTC(2026, 10, 22, 10, 0, 0, 250);

/** An event of a call from alice to bob, `afterMs` its start. */
export function step(event: CallStepEvent, afterMs = 0, changed: Partial<CallStep> = {}): CallStep {
  return {
    tenantId: 'acme',
    startedOn: '2026-11-22',
    callKey: '00112233aabbccdd',
    atMs: startMs + afterMs,
    sipCallId: 'c1@10.0.0.1',
    originatorTag: 'a1',
    traceId: '0123456789abcdef0123456789abcdef',
    startedAtMs: startMs,
    originating: {
      tenantId: 'acme',
      identity: 'sip:alice@acme.test',
      place: { kind: 'binding', value: 'sip:alice@acme.test' },
    },
    terminating: { tenantId: 'acme', identity: 'sip:bob@acme.test', place: undefined },
    mediaNode: undefined,
    edgeId: 'edge-1',
    event,
    ...changed,
  };
}

export const started: CallStepEvent = { kind: 'started' };
export const answered: Extract<CallStepEvent, { kind: 'answered' }> = {
  kind: 'answered',
  sessionExpiresSec: 0,
  codec: 'PCMA',
  isOfTerminator: false,
};
export const hungUp: CallStepEvent = {
  kind: 'ended',
  release: { cause: 'hung-up', side: 'originator', statusCode: undefined, reason: undefined },
};
export const refreshed = (sessionExpiresSec: number): CallStepEvent => ({ kind: 'refreshed', sessionExpiresSec });
export const rejected = (statusCode: number): CallStepEvent => ({
  kind: 'ended',
  release: { cause: 'rejected', side: 'terminator', statusCode, reason: undefined },
});
