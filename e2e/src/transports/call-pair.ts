import { loudness, type TonePhone } from '@ringdown/testbed';
import type { Place } from './place.js';

/** What came of a call between two phones. */
export interface Heard {
  readonly caller: TonePhone['transport'];
  readonly callee: TonePhone['transport'];
  /** Amplitude of the other's tone at each side; 8,000 was spoken. */
  readonly atCaller: number;
  readonly atCallee: number;
  /** From dialling until both sides heard each other. */
  readonly audioMs: number;
  readonly relayed: boolean;
}

const audioMs = 12_000;
const pollMs = 50;
/** Short, so that the time until audio is told well. */
const glanceSec = 0.1;
/** Long, so that no other tone is taken for this one. */
const listenSec = 0.5;

/**
 * Calls, waits until both sides hear each other, and hangs up at the side of `ending`. `relayedPorts` tells, while the call lasts, what the media relay has.
 * Rejects where a step doesn't come about, with what both phones have to tell.
 */
export async function callPair(
  caller: TonePhone,
  callee: TonePhone,
  ending: TonePhone,
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
    const [atCaller, atCallee] = await Promise.all([
      hearsOnly(caller, callee.toneHertz),
      hearsOnly(callee, caller.toneHertz),
    ]);
    ending.hangUp();
    await Promise.all([caller.ended(callerFrom), callee.ended(calleeFrom)]);
    return {
      caller: caller.transport,
      callee: callee.transport,
      atCaller,
      atCallee,
      audioMs: heardAfterMs,
      relayed,
    };
  } catch (error) {
    const logs = await Promise.all([caller, callee].map(async (phone) => `${phone.address}:\n${await phone.log()}`));
    // Both are to be free for their next call.
    caller.hangUp();
    callee.hangUp();
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${caller.transport} to ${callee.transport}: ${message}\n${logs.join('\n')}`, { cause: error });
  }
}

/** Resolves when a tone is there. */
async function hears(phone: TonePhone, hertz: number): Promise<void> {
  await until(async () => {
    const amplitude = await phone.heard(hertz, glanceSec);
    return amplitude > loudness.heard || `${phone.address} hears ${hertz} Hz at ${amplitude}`;
  });
}

/** Resolves with the amplitude of a tone when it has been all that was heard for a while, and the phone's own tone has not. */
async function hearsOnly(phone: TonePhone, hertz: number): Promise<number> {
  let amplitude = 0;
  await pause(1_000 * listenSec);
  await until(async () => {
    const [other, own] = await Promise.all([phone.heard(hertz, listenSec), phone.heard(phone.toneHertz, listenSec)]);
    amplitude = other;
    return (other > loudness.heard && own < loudness.silent) || `${phone.address} hears ${other}, and itself ${own}`;
  });
  return amplitude;
}

/** Asks until the answer is true; after a time it throws the answer. */
async function until(ask: () => Promise<true | string>): Promise<void> {
  const deadline = performance.now() + audioMs;
  for (;;) {
    const answer = await ask();
    if (answer === true) return;
    if (performance.now() > deadline) throw new Error(answer);
    await pause(pollMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
