import { Baresip, type BaresipOptions } from '@ringdown/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from './platform.js';

const domain = 'demo.ringdown.test';
const heard = 4_000;
const silent = 200;
/** G.711 is 64,000 bits a second. */
const flowing = 60_000;
const stopped = 1_000;

let platform: Platform;
const phones: Baresip[] = [];

beforeAll(async () => {
  platform = await startPlatform();
});
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
});
afterAll(() => platform.stop());

async function phone(name: string, toneHertz: number, options: Partial<BaresipOptions> = {}): Promise<Baresip> {
  const started = await Baresip.start({
    address: `${name}@${domain}`,
    password: `${name}-demo`,
    proxy: platform.sip,
    transport: 'udp',
    toneHertz,
    answer: 'auto',
    ...options,
  });
  phones.push(started);
  await started.registered();
  return started;
}

async function established(caller: Baresip, callee: Baresip): Promise<void> {
  caller.command('dial', `sip:${callee.options.address}`);
  await Promise.all([caller.event('CALL_ESTABLISHED'), callee.event('CALL_ESTABLISHED')]);
}

describe.each(['udp', 'tcp'] as const)('baresip phones over %s', (transport) => {
  it('register with digest, call each other and hear each other, and nothing with the media cut', async () => {
    const alice = await phone('alice', 440, { transport });
    const bob = await phone('bob', 880, { transport });
    await established(alice, bob);

    // What the ear must be able to tell first: with the microphones off there is nothing to hear.
    alice.command('mute');
    bob.command('mute');
    await Promise.all([alice.listen(2), bob.listen(2)]);
    expect([alice.heard(880), bob.heard(440)].map((amplitude) => amplitude < silent)).toEqual([true, true]);

    alice.command('mute');
    bob.command('mute');
    await Promise.all([alice.listen(2), bob.listen(2)]);
    expect(alice.heard(880)).toBeGreaterThan(heard);
    expect(bob.heard(440)).toBeGreaterThan(heard);
    expect(alice.heard(440)).toBeLessThan(silent);
    expect(bob.heard(880)).toBeLessThan(silent);

    // No packet leaves a phone that stands still: the other one hears it by that path alone.
    await expect.poll(() => alice.receivedBitRate(), { timeout: 15_000 }).toBeGreaterThan(flowing);
    bob.freeze();
    await expect.poll(() => alice.receivedBitRate(), { timeout: 15_000 }).toBeLessThan(stopped);
    bob.unfreeze();
    await expect.poll(() => alice.receivedBitRate(), { timeout: 15_000 }).toBeGreaterThan(flowing);
    await alice.listen(2);
    expect(alice.heard(880)).toBeGreaterThan(heard);

    bob.command('hangup');
    await alice.event('CALL_CLOSED');
  });

  it('hold stops the sound and resume brings it back', async () => {
    const alice = await phone('alice', 440, { transport });
    const bob = await phone('bob', 880, { transport });
    await established(alice, bob);
    await bob.listen(2);
    expect(bob.heard(440)).toBeGreaterThan(heard);
    await expect.poll(() => bob.receivedBitRate(), { timeout: 15_000 }).toBeGreaterThan(flowing);
    alice.command('hold');
    await expect.poll(() => bob.receivedBitRate(), { timeout: 15_000 }).toBeLessThan(stopped);
    alice.command('resume');
    await expect.poll(() => bob.receivedBitRate(), { timeout: 15_000 }).toBeGreaterThan(flowing);
    alice.command('hangup');
    await bob.event('CALL_CLOSED');
  });

  it('a blind transfer connects the two others', async () => {
    const alice = await phone('alice', 440, { transport });
    const bob = await phone('bob', 880, { transport });
    const carol = await phone('carol', 1_320, { transport });
    await established(alice, bob);
    const before = bob.events.length;
    alice.command('transfer', `sip:carol@${domain}`);
    await carol.event('CALL_ESTABLISHED');
    await bob.event('CALL_ESTABLISHED', { from: before });
    await Promise.all([carol.listen(2), bob.listen(2)]);
    expect(carol.heard(880)).toBeGreaterThan(heard);
    expect(bob.heard(1_320)).toBeGreaterThan(heard);
    expect(carol.heard(440)).toBeLessThan(silent);
    carol.command('hangup');
    await bob.event('CALL_CLOSED', { from: before });
  });

  it('a caller who gives up stops the ringing', async () => {
    const alice = await phone('alice', 440, { transport });
    const bob = await phone('bob', 880, { transport, answer: 'manual' });
    alice.command('dial', `sip:bob@${domain}`);
    await alice.event('CALL_RINGING');
    await bob.event('CALL_INCOMING');
    alice.command('hangup');
    await Promise.all([alice.event('CALL_CLOSED'), bob.event('CALL_CLOSED')]);
    const seen = [...alice.events, ...bob.events].map(({ type }) => type);
    expect(seen).not.toContain('CALL_ESTABLISHED');
  });

  it('a busy callee is reported as busy', async () => {
    const alice = await phone('alice', 440, { transport });
    const bob = await phone('bob', 880, { transport, config: ['call_max_calls 1'] });
    const carol = await phone('carol', 1_320, { transport });
    await established(carol, bob);
    alice.command('dial', `sip:bob@${domain}`);
    expect((await alice.event('CALL_CLOSED')).param).toContain('486');
  });

  it('a callee who does not answer is reported', async () => {
    const alice = await phone('alice', 440, { transport });
    await phone('bob', 880, { transport, answer: 'manual', config: ['call_local_timeout 2'] });
    alice.command('dial', `sip:bob@${domain}`);
    await alice.event('CALL_RINGING');
    expect((await alice.event('CALL_CLOSED')).param).toMatch(/408|480|487|486/);
  });

  it('nobody at home and nobody of that name are told apart', async () => {
    const alice = await phone('alice', 440, { transport });
    alice.command('dial', `sip:dave@${domain}`);
    expect((await alice.event('CALL_CLOSED')).param).toContain('480');
    const before = alice.events.length;
    alice.command('dial', `sip:nobody@${domain}`);
    expect((await alice.event('CALL_CLOSED', { from: before })).param).toContain('404');
    await expect.poll(() => platform.child.output()).toContain('there is no subscriber and no room nobody');
  });
});
