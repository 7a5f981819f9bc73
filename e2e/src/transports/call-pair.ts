import { loudness, type TonePhone } from '@ringdown/testbed';
import type { Place } from './place.js';

/** What came of a call between two phones. */
export interface Heard {
  readonly caller: TonePhone['transport'];
  readonly callee: TonePhone['transport'];
  /** Amplitude of the other's tone at each side; 8,000 was spoken. */
  readonly atCaller: number;
  readonly atCallee: number;
  /** Amplitude of each side's own tone at that side: an echo, or a call with itself. */
  readonly echo: number;
  /** From dialling until both sides heard each other. */
  readonly audioMs: number;
  readonly relayed: boolean;
  /** How long the callee took to notice the caller's BYE. */
  readonly endMs: number;
}

const audioMs = 12_000;
const pollMs = 50;
/** Short, so that the time until audio is told well. */
const glanceSec = 0.1;
/** Long, so that no other tone is taken for this one. */
const listenSec = 0.5;

/**
 * Calls, waits until both sides hear each other, and hangs up at the caller's. `relayedPorts` tells, while the call lasts, what the media relay has.
 * Rejects where a step doesn't come about, with what both phones have to tell.
 */
export async function callPair(
  caller: TonePhone,
  callee: TonePhone,
  relayedPorts: Place['relayedPorts'],
): Promise<Heard> {
  const [callerFrom, calleeFrom] = await Promise.all([caller.mark(), callee.mark()]);
  const dialledAt = performance.now();
  try {
    caller.call(callee.address);
    await Promise.all([caller.established(callerFrom), callee.established(calleeFrom)]);
    await Promise.all([hears(caller, callee.toneHertz), hears(callee, caller.toneHertz)]);
    const heardAfterMs = performance.now() - dialledAt;
    const ports = await Promise.all([caller.mediaPorts(), callee.mediaPorts()]);
    const relayed = (await relayedPorts()).some((call) => ports.every((own) => own.some((port) => call.has(port))));
    await new Promise((resolve) => setTimeout(resolve, 1_000 * listenSec));
    const [atCaller, atCallee, ...echoes] = await Promise.all([
      caller.heard(callee.toneHertz, listenSec),
      callee.heard(caller.toneHertz, listenSec),
      caller.heard(caller.toneHertz, listenSec),
      callee.heard(callee.toneHertz, listenSec),
    ]);
    const hungUpAt = performance.now();
    caller.hangUp();
    await Promise.all([caller.ended(callerFrom), callee.ended(calleeFrom)]);
    return {
      caller: caller.transport,
      callee: callee.transport,
      atCaller,
      atCallee,
      echo: Math.max(...echoes),
      audioMs: heardAfterMs,
      relayed,
      endMs: performance.now() - hungUpAt,
    };
  } catch (error) {
    const logs = await Promise.all([caller, callee].map(async (phone) => `${phone.address}:\n${await phone.log()}`));
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${caller.transport} to ${callee.transport}: ${message}\n${logs.join('\n')}`, { cause: error });
  }
}

async function hears(phone: TonePhone, hertz: number): Promise<void> {
  const deadline = performance.now() + audioMs;
  while ((await phone.heard(hertz, glanceSec)) < loudness.heard) {
    if (performance.now() > deadline) throw new Error(`${phone.address} does not hear ${hertz} Hz`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
