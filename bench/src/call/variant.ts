import { sippRow } from '@ringdown/testbed';
import { ownScenario } from '../load/scenario.js';
import { subscribers } from '../load/subscribers.js';
import type { System } from '../systems/system.js';

/** Whether the INVITE is challenged: a trunk's isn't, a subscriber's is. */
export type Variant = 'trunk' | 'digest';

/** Who calls where callers are subscribers. */
export const callers = subscribers('caller', 1_000);

/** The scenario that makes calls, and its rows: one caller after the other calls one callee after the other. */
export function callsTo(
  system: System,
  variant: Variant,
  callees: readonly (readonly [username: string, password: string])[],
  callerDomain: string,
): { readonly scenario: string; readonly rows: readonly (readonly string[])[] } {
  const calleeOf = (index: number): string => callees[index % callees.length]?.[0] ?? '';
  if (variant === 'trunk') {
    const rows = callers.map(([username], index) => [username, callerDomain, calleeOf(index), system.domain]);
    return { scenario: ownScenario('trunk.xml'), rows };
  }
  const rows = callers.map(([username, password], index) =>
    sippRow(username, password, system.domain, calleeOf(index)),
  );
  return { scenario: 'caller.xml', rows };
}
