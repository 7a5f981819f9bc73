import { afterEach, describe, expect, it } from 'vitest';
import { uriIn, type WireMessage } from '../peers/wire-message.js';
import { offer } from '../rfc3665/scripted-call.js';
import type { HeaderLine } from '../rfc3665/scripted-phone.js';
import { type Attacked, addressOf, loginOf } from './attacked.js';

const instanceOfBen = '<urn:uuid:00000000-0000-4000-8000-00000000be20>';
const knowsOutbound: readonly HeaderLine[] = [['Supported', 'path, outbound, gruu']];

/** Declares what subscribers try with contacts, paths, instances and routes: to have the edge send to others, or to get what is for others. */
export function aimingAttacks(attacked: () => Attacked): void {
  const register = (headers: readonly HeaderLine[], username = 'mallory'): Promise<WireMessage> => {
    const { mallory, edge } = attacked();
    const address = addressOf(username);
    const request = { from: address, to: `<${address}>`, headers };
    return mallory.ask(edge, 'REGISTER', 'sip:acme.test', request, loginOf('mallory'));
  };
  /** Anna calls a URI, and takes the call back where it rings; resolves with the final answer. */
  const annaCalls = async (requestUri: string): Promise<number> => {
    const { anna, edge } = attacked();
    const headers = [anna.contactLine(), ...anna.credentials('INVITE', requestUri)];
    const invite = anna.send(anna.compose('INVITE', { requestUri, headers, sdp: offer }), edge);
    const final = await anna.final('INVITE', () => anna.cancel(invite));
    anna.acknowledge(invite, final);
    return final.statusCode ?? 0;
  };

  describe('registering is no way to aim', () => {
    afterEach(async () => {
      const { mallory } = attacked();
      await register([
        ['Contact', '*'],
        ['Expires', '0'],
      ]);
      await mallory.settled();
    });

    it.each<{ name: string; headers: () => readonly HeaderLine[] }>([
      { name: 'a Contact at a third party’s place', headers: () => [contact(`sip:m@${attacked().victim.hostPort}`)] },
      {
        name: 'maddr in a Contact',
        headers: () => [contact(`sip:m@${attacked().mallory.hostPort};maddr=127.0.0.9`)],
      },
      {
        name: 'a Path by a third party’s place',
        headers: () => [
          contact(`sip:m@${attacked().mallory.hostPort}`),
          ['Path', `<sip:${attacked().victim.hostPort};lr>`],
          ...knowsOutbound,
        ],
      },
      {
        name: 'a Path with ob, for a Contact with reg-id',
        headers: () => [
          contact(`sip:m@${attacked().victim.hostPort}`, ';reg-id=1;+sip.instance="<urn:uuid:1>"'),
          ['Path', `<sip:${attacked().victim.hostPort};lr;ob>`],
          ...knowsOutbound,
        ],
      },
      {
        name: 'ob in a Contact at a third party’s place',
        headers: () => [contact(`sip:m@${attacked().victim.hostPort};ob`)],
      },
      {
        name: 'a Contact that looks like a flow',
        headers: () => [
          contact(`sip:udp%2F127.0.0.9%2F${attacked().victim.address.port}@${attacked().mallory.hostPort}`),
        ],
      },
      {
        name: 'a Via of a third party’s sent-by below the Contact there',
        headers: () => [
          contact(`sip:m@${attacked().victim.hostPort}`),
          ['Via', `SIP/2.0/UDP ${attacked().victim.hostPort}`],
        ],
      },
    ])('$name: who calls the attacker calls nobody else', async ({ headers }) => {
      const { victim } = attacked();
      expect((await register(headers())).statusCode).toBe(200);
      expect(await annaCalls(addressOf('mallory'))).toBeGreaterThanOrEqual(400);
      expect(await victim.settled()).toEqual([]);
    });
  });

  describe('what is another’s stays another’s', () => {
    it('a REGISTER for somebody else: 403, and the bindings are what they were', async () => {
      const { ben } = attacked();
      const contactOfAttacker = contact(`sip:ben@${attacked().mallory.hostPort}`);
      expect((await register([contactOfAttacker], 'ben')).statusCode).toBe(403);
      const contacts = (await ben.registerAs([])).list('Contact');
      expect(contacts.map(uriIn)).toEqual([ben.contact]);
    });

    it('another’s instance, registered as one’s own, gets nothing that is for the other’s GRUU', async () => {
      const { ben, mallory } = attacked();
      const instance = `;reg-id=1;+sip.instance="${instanceOfBen}"`;
      const registered = await ben.registerAs([`<${ben.contact}>${instance}`], knowsOutbound);
      const gruu = /pub-gruu="([^"]+)"/.exec(registered.header('Contact'))?.[1] ?? '';
      const temporary = /temp-gruu="([^"]+)"/.exec(registered.header('Contact'))?.[1] ?? '';
      expect(gruu).toContain('sip:ben@acme.test;gr=');
      const stolen = await register([contact(`sip:m@${mallory.hostPort}`, instance), ...knowsOutbound]);
      expect(stolen.statusCode).toBe(200);
      await mallory.settled();
      const calling = annaCalls(gruu);
      const invite = await ben.receive('INVITE');
      ben.respond(invite, 486, 'Busy Here');
      expect(await calling).toBe(486);
      await ben.receive('ACK');
      // Nobody but the platform makes temporary ones: one letter changed, and there is nobody of that name.
      const [, user = ''] = /^sip:([^@]+)@/.exec(temporary) ?? [];
      const altered = user.slice(0, -3) + (user.at(-3) === 'A' ? 'B' : 'A') + user.slice(-2);
      expect(user.length).toBeGreaterThan(20);
      for (const name of [altered, `tgruu.${'A'.repeat(user.length - 6)}`])
        expect(await annaCalls(temporary.replace(user, name))).toBe(404);
      expect((await mallory.settled()).filter((text) => text.startsWith('INVITE'))).toEqual([]);
      await ben.registerAs([`<${ben.contact}>${instance};expires=0`], knowsOutbound);
    });
  });

  describe('no Route and no Request-URI makes a relay of the edge', () => {
    const victimAt = (): string => attacked().victim.hostPort;
    const edgeAt = (): string => `${attacked().edge.host}:${attacked().edge.port}`;
    it.each<{ name: string; login?: 'mallory'; uri: () => string; route?: () => string }>([
      { name: 'a stranger’s Request-URI', uri: () => `sip:x@${victimAt()}` },
      { name: 'a stranger’s Route', uri: () => addressOf('ben'), route: () => `<sip:${victimAt()};lr>` },
      { name: 'a subscriber’s Request-URI', login: 'mallory', uri: () => `sip:x@${victimAt()}` },
      { name: 'maddr', login: 'mallory', uri: () => 'sip:nobody@acme.test;maddr=127.0.0.9' },
      {
        name: 'a Route value of the edge’s that looks like a flow',
        login: 'mallory',
        uri: () => `sip:x@${victimAt()}`,
        route: () => `<sip:udp%2F127.0.0.9%2F${attacked().victim.address.port}@${edgeAt()};lr>`,
      },
      { name: 'a connection by its number', login: 'mallory', uri: () => `sip:tcp%231@${edgeAt()}` },
      {
        name: 'a pinhole by its name',
        login: 'mallory',
        uri: () => `sip:udp%2F127.0.0.9%2F${attacked().victim.address.port}@acme.test`,
      },
    ])('$name: nobody gets it', async ({ login, uri, route }) => {
      const { mallory, victim, edge, ben } = attacked();
      const headers: HeaderLine[] = [['Contact', `<sip:m@${mallory.hostPort}>`]];
      if (route !== undefined) headers.push(['Route', route()]);
      const request = { from: login === undefined ? 'sip:x@elsewhere.test' : addressOf(login), headers };
      const answer = await mallory.ask(edge, 'INVITE', uri(), request, login && loginOf(login));
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(await victim.settled()).toEqual([]);
      ben.nothingUnread();
    });
  });
}

function contact(uri: string, params = ''): HeaderLine {
  return ['Contact', `<${uri}>${params}`];
}
