import { loudness, type TonePhone } from '@ringdown/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callPair, type Heard } from './call-pair.js';
import { callTable } from './call-table.js';
import type { Place, Transport } from './place.js';

export const tenantId = 'acme';
export const domain = 'acme.test';

const sides = ['caller', 'callee'] as const;
const lowestHertz = 440;
/** No tone is a multiple of another. */
const stepHertz = 230;
/** Calls at a time. */
const together = 5;
/** From the first phone to the last BYE of 25 pairs. */
const limitMs = 180_000;

/** The users that these tests need, two for each transport, with their passwords. */
export function usersOf(transports: readonly Transport[]): readonly (readonly [username: string, password: string])[] {
  return transports.flatMap((transport) =>
    sides.map((side) => [usernameOf(transport, side), passwordOf(transport, side)] as const),
  );
}

/** Declares the tests of one place: a phone for each transport and side, and a call of every caller to every callee. */
export function everyPair(start: () => Promise<Place>): void {
  let place: Place | undefined;
  const phones: TonePhone[] = [];
  beforeAll(async () => {
    place = await start();
  }, 90_000);
  afterAll(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    await place?.stop();
  });

  it('every caller and every callee hear each other, on different edges, with the media relayed where it has to be', {
    timeout: limitMs,
  }, async () => {
    if (place === undefined) throw new Error('the place was not started');
    const { transports, relayedPorts } = place;
    const [callers = [], callees = []] = await Promise.all(
      sides.map((side) => startPhones(place as Place, side, phones)),
    );
    const [callersAt, calleesAt] = [await edgesOf(place, 'caller'), await edgesOf(place, 'callee')];
    expect([...callersAt, ...calleesAt].filter((edge) => !/^edge-\d+$/.test(edge))).toEqual([]);
    expect(callersAt.filter((edge) => calleesAt.includes(edge))).toEqual([]);

    const calls: Heard[] = [];
    const failures: Error[] = [];
    // In each round every phone has one call at the most.
    for (const offset of transports.keys()) {
      const pairs = callers.flatMap((caller, index) => {
        const callee = callees[(index + offset) % callees.length];
        return callee === undefined ? [] : [{ caller, callee }];
      });
      for (let begin = 0; begin < pairs.length; begin += together) {
        const outcomes = await Promise.allSettled(
          pairs.slice(begin, begin + together).map(({ caller, callee }) => callPair(caller, callee, relayedPorts)),
        );
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') calls.push(outcome.value);
          else failures.push(outcome.reason as Error);
        }
      }
    }
    process.stdout.write(`\n${callTable(place, calls)}\n`);

    expect(failures.map(({ message }) => message)).toEqual([]);
    expect(
      calls.flatMap((call) => wrongs(call, (place as Place).media(call.caller, call.callee) === 'relayed')),
    ).toEqual([]);
  });
}

/** What isn't as it has to be in a call that came about. */
function wrongs({ caller, callee, atCaller, atCallee, echo, relayed }: Heard, toBeRelayed: boolean): string[] {
  const found: string[] = [];
  if (atCaller < loudness.heard) found.push(`the caller heard ${atCaller}`);
  if (atCallee < loudness.heard) found.push(`the callee heard ${atCallee}`);
  if (echo > loudness.silent) found.push(`one side heard itself at ${echo}`);
  if (relayed !== toBeRelayed) found.push(`its media was ${relayed ? 'relayed' : 'direct'}`);
  return found.map((what) => `${caller} to ${callee}: ${what}`);
}

async function startPhones(place: Place, side: 'caller' | 'callee', started: TonePhone[]): Promise<TonePhone[]> {
  const phones: TonePhone[] = [];
  for (const [index, transport] of place.transports.entries()) {
    const username = usernameOf(transport, side);
    const number = 2 * index + sides.indexOf(side);
    const phone = await place.phone(transport, side, {
      address: `${username}@${domain}`,
      password: passwordOf(transport, side),
      toneHertz: lowestHertz + stepHertz * number,
    });
    started.push(phone);
    phones.push(phone);
  }
  return phones;
}

/** The edge of each transport's phone of one side. */
async function edgesOf(place: Place, side: 'caller' | 'callee'): Promise<readonly string[]> {
  const found = await Promise.all(place.transports.map((transport) => place.edgesOf(usernameOf(transport, side))));
  return found.map((edges) => edges.join('+'));
}

function usernameOf(transport: Transport, side: 'caller' | 'callee'): string {
  return `${transport.toLowerCase()}-${side}`;
}

function passwordOf(transport: Transport, side: 'caller' | 'callee'): string {
  return `${usernameOf(transport, side)}-secret`;
}
