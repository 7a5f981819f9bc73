import type { TonePhone } from '@ringdown/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callPair, type Heard } from './call-pair.js';
import { callTable } from './call-table.js';
import { type Place, type Transport, transports } from './place.js';

export const tenantId = 'acme';
export const domain = 'acme.test';

const sides = ['caller', 'callee'] as const;
const lowestHertz = 440;
/** No tone is a multiple of another. */
const stepHertz = 230;
/** Until the relay has nothing of a call that has ended. */
const releasedMs = 5_000;
const startLimitMs = 120_000;
/** From the first phone to the last BYE of 25 pairs. */
const limitMs = 180_000;

/** The users that these tests need, two for each transport, with their passwords. */
export function users(): readonly (readonly [username: string, password: string])[] {
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
  }, startLimitMs);
  afterAll(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    await place?.stop();
  });

  it('every caller and every callee hear each other, on different edges, with the media relayed where it has to be', {
    timeout: limitMs,
  }, async () => {
    if (place === undefined) throw new Error('the place was not started');
    const { relayedPorts } = place;
    const [callers = [], callees = []] = await Promise.all(
      sides.map((side) => startPhones(place as Place, side, phones)),
    );
    const [callersAt, calleesAt] = [await edgesOf(place, 'caller'), await edgesOf(place, 'callee')];
    expect([...callersAt, ...calleesAt].filter((edge) => !/^edge-\d+$/.test(edge))).toEqual([]);
    expect(callersAt.filter((edge) => calleesAt.includes(edge))).toEqual([]);

    const calls: Heard[] = [];
    const failures: Error[] = [];
    // A round is a call of each caller, to another callee in every round.
    for (const offset of transports.keys()) {
      const outcomes = await Promise.allSettled(
        callers.flatMap((caller, index) => {
          const callee = callees[(index + offset) % callees.length];
          const ending = offset % 2 === 0 ? caller : callee;
          return callee === undefined || ending === undefined ? [] : [callPair(caller, callee, ending, relayedPorts)];
        }),
      );
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') calls.push(outcome.value);
        else failures.push(outcome.reason as Error);
      }
    }
    process.stdout.write(`\n${callTable(place, calls)}\n`);

    expect(failures.map(({ message }) => message)).toEqual([]);
    const wrongs = calls.filter(
      (call) => call.relayed !== ((place as Place).media(call.caller, call.callee) === 'relayed'),
    );
    expect(wrongs).toEqual([]);
    expect(calls).toHaveLength(transports.length ** 2);
    await expect.poll(relayedPorts, { timeout: releasedMs }).toEqual([]);
  });
}

function startPhones(place: Place, side: 'caller' | 'callee', started: TonePhone[]): Promise<TonePhone[]> {
  return Promise.all(
    transports.map(async (transport, index) => {
      const number = 2 * index + sides.indexOf(side);
      const phone = await place.phone(transport, side, {
        address: `${usernameOf(transport, side)}@${domain}`,
        password: passwordOf(transport, side),
        toneHertz: lowestHertz + stepHertz * number,
      });
      started.push(phone);
      return phone;
    }),
  );
}

/** The edge of each transport's phone of one side. */
async function edgesOf(place: Place, side: 'caller' | 'callee'): Promise<readonly string[]> {
  const found = await Promise.all(transports.map((transport) => place.edgesOf(usernameOf(transport, side))));
  return found.map((edges) => edges.join('+'));
}

function usernameOf(transport: Transport, side: 'caller' | 'callee'): string {
  return `${transport.toLowerCase()}-${side}`;
}

function passwordOf(transport: Transport, side: 'caller' | 'callee'): string {
  return `${usernameOf(transport, side)}-secret`;
}
