import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { memoryPages, validateXML } from 'xmllint-wasm';
import type { ControlCommand } from '../domain/control-command.js';
import type { Roster } from '../domain/roster.js';
import { ConferenceFixture, type Joined, seededRandomInt } from '../testing/conference-fixture.js';
import { audio } from '../testing/fake-leg.js';
import { RosterReader } from '../testing/roster-reader.js';
import { fullDocument, partialDocument } from './roster-document.js';

async function schemaErrors(documents: readonly string[]): Promise<readonly string[]> {
  const folder = new URL('../testing/', import.meta.url);
  const [schema, xml] = await Promise.all([
    readFile(new URL('conference-info.xsd', folder), 'utf8'),
    readFile(new URL('xml.xsd', folder), 'utf8'),
  ]);
  const result = await validateXML({
    xml: documents.map((contents, i) => ({ fileName: `document-${i}.xml`, contents })),
    schema: [{ fileName: 'conference-info.xsd', contents: schema }],
    preload: [{ fileName: 'xml.xsd', contents: xml }],
    maxMemoryPages: memoryPages.GiB,
  });
  return result.errors.map(({ message }) => message);
}

/** What a roster says in a document, as a subscriber would have it; taken from the roster itself. */
function expectedUsers(roster: Roster): unknown {
  return roster.users
    .map((user) => [
      user.entity,
      // What XML can't carry.
      user.displayName?.replaceAll('\u0007', '\ufffd').replaceAll('\ud800', '\ufffd'),
      user.roles,
      user.endpoints
        .map((one) => [
          one.entity,
          one.status,
          one.joiningMethod,
          one.disconnectionMethod,
          one.media.map((m) => m.status),
        ])
        .sort(),
    ])
    .sort();
}

function readUsers(reader: RosterReader): unknown {
  return [...reader.users]
    .map(([entity, user]) => [
      entity,
      user.displayName,
      user.roles,
      [...user.endpoints]
        .map(([key, one]) => [
          key,
          one.status,
          one['joining-method'],
          one['disconnection-method'],
          ((one.media as readonly { status: string }[] | undefined) ?? []).map(({ status }) => status),
        ])
        .sort(),
    ])
    .sort();
}

const USERS = 40;

/** One random thing that happens in a conference. */
async function step(fixture: ConferenceFixture, joined: Joined[], randomInt: (below: number) => number): Promise<void> {
  const one = joined[randomInt(joined.length || 1)];
  const control = async (command: ControlCommand) => {
    await fixture.conference.control({ kind: 'operator' }, command);
  };
  const leave = (who: Joined) => joined.splice(joined.indexOf(who), 1);
  const kind = randomInt(12);
  if (one === undefined || kind < 4) {
    const user = `user${randomInt(USERS)}`;
    const displayName = [undefined, user, 'Ünder <&> "quotes"', 'bell \u0007 and \ud800'][randomInt(4)];
    const isLocked = fixture.conference.roster().locked;
    const how = isLocked || randomInt(3) === 0 ? 'dialed-out' : 'dialed-in';
    if (randomInt(5) === 0) {
      const outcome = await fixture.conferences.join(
        fixture.request(user, { displayName, how, invitedBy: 'sip:a@acme.test' }),
      );
      if (outcome.kind === 'refused') return;
      if (how === 'dialed-out') outcome.member.alerting();
      outcome.member.left(randomInt(2) === 0 ? 'busy' : 'failed', 'Busy <Here>');
      return;
    }
    const uri = user === 'user7' ? 'sip:anonymous@anonymous.invalid' : `sip:${user}@acme.test`;
    joined.push(await fixture.join(user, { uri, displayName, how }));
  } else if (kind < 6 && joined.length > 1) {
    leave(one);
    if (randomInt(3) === 0) await control({ type: 'kick', member: one.id });
    else one.member.left('departed', 'BYE');
  } else if (kind === 6) await control({ type: randomInt(2) === 0 ? 'mute' : 'unmute', member: one.id });
  else if (kind === 7) await control({ type: randomInt(2) === 0 ? 'promote' : 'demote', member: one.id });
  else if (kind === 8) one.member.mediaAgreed(audio((['sendrecv', 'recvonly', 'inactive'] as const)[randomInt(3)]));
  else if (kind === 9) await control({ type: randomInt(2) === 0 ? 'lock' : 'unlock' });
  else if (kind === 10) await control({ type: 'maximum', members: 1000 + randomInt(3) });
  else await fixture.time.pass(randomInt(2000));
}

describe('roster documents (RFC 4575)', () => {
  it.each([1, 2, 3, 4, 5])('partial ones add up to the whole after 1,000 random changes (seed %i)', async (seed) => {
    const randomInt = seededRandomInt(seed);
    const fixture = new ConferenceFixture({ displayName: 'Sales', recording: 'allowed', maxDurationSec: 0 });
    const joined = [await fixture.join('keeper')];
    joined.length = 0;
    const { conference } = fixture;
    const reader = new RosterReader();
    let version = 0;
    let sent = conference.roster();
    const documents = [fullDocument(sent, version)];
    reader.read(documents[0]!);
    const send = () => {
      const document = partialDocument(sent, conference.roster(), version + 1);
      if (document === undefined) return;
      version += 1;
      sent = conference.roster();
      documents.push(document);
      expect(reader.read(document)).toBe(true);
    };
    for (let i = 0; i < 1000; i += 1) {
      await step(fixture, joined, randomInt);
      // Changes gather, as a subscription is told once a second at most.
      if (randomInt(3) === 0) send();
    }
    send();
    expect(reader.gaps).toBe(0);
    expect(readUsers(reader)).toEqual(expectedUsers(conference.roster()));
    const whole = new RosterReader();
    documents.push(fullDocument(conference.roster(), version + 1));
    whole.read(documents.at(-1)!);
    expect(new Map([...reader.users].sort())).toEqual(new Map([...whole.users].sort()));
    expect([reader.description, reader.state]).toEqual([whole.description, whole.state]);
    expect(documents.length).toBeGreaterThan(200);
    expect(await schemaErrors(documents)).toEqual([]);
  });

  it('says nothing where there is nothing new', async () => {
    const fixture = new ConferenceFixture();
    const { id } = await fixture.join('alice');
    const before = fixture.conference.roster();
    expect(partialDocument(before, before, 1)).toBeUndefined();
    await fixture.conference.control({ kind: 'operator' }, { type: 'unmute', member: id });
    expect(fixture.conference.roster()).toBe(before);
  });

  it('writes the whole as the schema orders it', async () => {
    const fixture = new ConferenceFixture({ displayName: 'Sales', subject: 'Q4 & more', maxMembers: 9 });
    const { id } = await fixture.join('alice');
    expect(fullDocument(fixture.conference.roster(), 7)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:sales@acme.test" state="full" version="7">' +
        '<conference-description><display-text>Sales</display-text><subject>Q4 &amp; more</subject>' +
        '<conf-uris><entry><uri>sip:sales@acme.test</uri><purpose>participation</purpose></entry></conf-uris>' +
        '<maximum-user-count>9</maximum-user-count></conference-description>' +
        '<conference-state><user-count>1</user-count><active>true</active><locked>false</locked></conference-state>' +
        '<users state="full"><user entity="sip:alice@acme.test" state="full"><display-text>alice</display-text>' +
        `<roles><entry>participant</entry></roles><endpoint entity="sip:alice@acme.test;member=${id}" state="full">` +
        '<display-text>alice</display-text><status>connected</status><joining-method>dialed-in</joining-method>' +
        '<joining-info><when>2026-11-02T12:00:00.000Z</when></joining-info>' +
        '<media id="1"><type>audio</type><status>sendrecv</status></media></endpoint></user></users></conference-info>',
    );
  });

  it('is refused by the schema where it is wrong, so that the check above can fail', async () => {
    const fixture = new ConferenceFixture();
    await fixture.join('alice');
    const right = fullDocument(fixture.conference.roster(), 1);
    const errors = await schemaErrors([right, right.replace('connected', 'asleep'), right]);
    expect(errors[0]).toContain("'asleep' is not an element of the set");
  });

  it('one user with two phones is one user with two endpoints, and goes with the second', async () => {
    const fixture = new ConferenceFixture();
    await fixture.join('bob');
    const before = fixture.conference.roster();
    const desk = await fixture.join('alice');
    const mobile = await fixture.join('alice');
    const both = fixture.conference.roster();
    expect(both).toMatchObject({ userCount: 2 });
    expect(both.users[1]!.endpoints.map(({ memberId }) => memberId)).toEqual([desk.id, mobile.id]);
    desk.member.left('departed', 'BYE');
    expect(partialDocument(both, fixture.conference.roster(), 2)).toContain('<disconnection-method>departed');
    await fixture.time.pass(3_000);
    const one = partialDocument(both, fixture.conference.roster(), 2)!;
    expect(one).toContain(`<endpoint entity="sip:alice@acme.test;member=${desk.id}" state="deleted"/>`);
    mobile.member.left('departed', 'BYE');
    await fixture.time.pass(3_000);
    expect(partialDocument(both, fixture.conference.roster(), 2)).toContain(
      '<user entity="sip:alice@acme.test" state="deleted"/>',
    );
    expect(partialDocument(before, fixture.conference.roster(), 2)).toBeUndefined();
  });

  it('a subscriber who misses a document asks for a full one', async () => {
    const fixture = new ConferenceFixture();
    await fixture.join('alice');
    const first = fixture.conference.roster();
    await fixture.join('bob');
    const second = fixture.conference.roster();
    await fixture.join('carol');
    const reader = new RosterReader();
    reader.read(fullDocument(first, 0));
    expect(reader.read(partialDocument(second, fixture.conference.roster(), 2)!)).toBe(false);
    expect(reader.gaps).toBe(1);
    expect(reader.read(fullDocument(fixture.conference.roster(), 3))).toBe(true);
    expect(reader.users.size).toBe(3);
  });
});
