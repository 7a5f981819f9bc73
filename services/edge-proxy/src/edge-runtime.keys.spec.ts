import { Header, parseUri } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { bindUdp, registrarOf, twoTenants } from './testing/acme.js';
import { type Established, established } from './testing/calls.js';
import { acknowledge, answered, outcome, parsed, within, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';

type Keys = readonly { readonly id: number; readonly key: Buffer }[];
const [first, second] = [1, 2].map((id) => ({ id, key: Buffer.alloc(32, id) })) as [Keys[number], Keys[number]];

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

/** An edge whose keys the test changes, and two phones. */
async function rotating() {
  let change: (keys: Keys) => void = () => undefined;
  const owning = twoTenants();
  const edge = await RunningEdge.open({
    owning,
    services: { registrar: registrarOf(owning) },
    sealKeys: [first],
    onSealKeys: (changed) => {
      change = changed;
    },
  });
  edges.push(edge);
  const [alice, bob] = [await edge.peer(), await edge.peer()];
  bindUdp(edge, 'bob', bob);
  return { alice, bob, change: (...keys: Keys) => change(keys) };
}

/** The id of the key that sealed a call's route. */
function keyOf({ answer }: Established): number | undefined {
  const uri = parseUri(/<([^>]+)>/.exec(answer.list(Header.RecordRoute)[0] ?? '')?.[1] ?? '');
  return uri.kind === 'sip' ? Buffer.from(uri.user ?? '', 'base64url')[0] : undefined;
}

describe('seal keys that change while the edge runs', () => {
  it('calls go on over both steps of a rotation, and new ones are sealed with the new key', async () => {
    const { alice, bob, change } = await rotating();
    const before = await established(alice, bob);
    const goesOn = async (call: Established, cseq: number): Promise<void> => {
      alice.send(within(alice, call.sent, call.answer, 'INFO', { cseq }));
      bob.reply(await bob.request('INFO'), 200);
      await alice.response(200, 'INFO');
    };
    change(first, second);
    await goesOn(before, 10);
    const between = await established(alice, bob);
    change(second, first);
    await goesOn(before, 11);
    const after = await established(alice, bob);
    expect([before, between, after].map(keyOf)).toEqual([1, 1, 2]);
    change(second);
    await goesOn(after, 12);
    // Its key is gone, and so is what was remembered of it: whoever sends has to prove who it is again.
    const text = within(alice, before.sent, before.answer, 'INFO', { cseq: 13 });
    alice.send(text);
    expect((await outcome(alice, parsed(text))).statusCode).toBe(407);
  });

  it('a challenge from before the change is answered after it', async () => {
    const { alice, bob, change } = await rotating();
    const invite = parsed(write(alice));
    alice.send(invite.raw);
    const challenge = await alice.response(407);
    acknowledge(alice, invite, challenge);
    change(second, first);
    alice.send(answered(alice, invite, challenge, 'alice'));
    expect((await bob.request('INVITE')).method).toBe('INVITE');
  });
});
