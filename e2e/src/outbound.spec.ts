import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uriIn, type WireMessage } from './peers/wire-message.js';
import { type Platform, startPlatform } from './platform.js';
import { type HeaderLine, ScriptedPhone } from './rfc3665/scripted-phone.js';

// RFC 5626 (several flows a device) and RFC 5627 (GRUU) over the whole platform: edge, registrar, location and their Postgres.

const domain = 'flows.ringdown.test';
let platform: Platform;
const phones: ScriptedPhone[] = [];
let users = 0;

beforeAll(async () => {
  platform = await startPlatform();
  await put('/tenants/flows', { canonicalDomain: domain });
}, 120_000);
afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.close())));
afterAll(() => platform.stop());

async function put(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${platform.http}/v1${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${platform.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`PUT ${path} gave ${response.status}: ${await response.text()}`);
}

/** A subscriber whom no other test knows. */
async function newUser(): Promise<string> {
  users += 1;
  await put(`/tenants/flows/subscribers/user${users}`, { password: 'secret' });
  return `user${users}`;
}

async function phoneOf(user: string, transport: 'UDP' | 'TCP' = 'TCP'): Promise<ScriptedPhone> {
  const [host = '', port = ''] = platform.sip.split(':');
  const proxy = { host, port: Number(port) };
  const phone = await ScriptedPhone.open({ user, domain, password: 'secret', transport, proxy });
  phones.push(phone);
  return phone;
}

/** Registers one flow of a device; returns the 200. */
async function register(
  phone: ScriptedPhone,
  device: string,
  { regId, callId = `${device}-${regId}@test` }: { readonly regId?: number; readonly callId?: string } = {},
): Promise<WireMessage> {
  const requestUri = `sip:${domain}`;
  const flow = regId === undefined ? '' : `;reg-id=${regId}`;
  const common: readonly HeaderLine[] = [
    ['Contact', `<${phone.contact}>;+sip.instance="<urn:uuid:${device}>"${flow}`],
    ['Supported', 'path, outbound, gruu'],
    ['Expires', '600'],
  ];
  const request = { requestUri, to: phone.addressOfRecord, callId };
  phone.send(phone.compose('REGISTER', { ...request, cseq: 1, headers: common }));
  phone.learn(await phone.receive('401 REGISTER'));
  const headers = [...common, ...phone.credentials('REGISTER', requestUri)];
  phone.send(phone.compose('REGISTER', { ...request, cseq: 2, headers }));
  return phone.receive('200 REGISTER');
}

/** Sends a MESSAGE with credentials. */
async function message(from: ScriptedPhone, requestUri: string): Promise<void> {
  const request = { requestUri, callId: `${Math.random().toString(36).slice(2)}@test` };
  from.send(from.compose('MESSAGE', request));
  from.learn(await from.receive('407 MESSAGE'));
  from.send(from.compose('MESSAGE', { ...request, cseq: 2, headers: from.credentials('MESSAGE', requestUri) }));
}

/** Sends a MESSAGE to a URI, which gets to this phone, and the answer back; returns its Request-URI there. */
async function reached(from: ScriptedPhone, requestUri: string, phone: ScriptedPhone): Promise<string> {
  await message(from, requestUri);
  const arrived = await phone.receive('MESSAGE');
  phone.respond(arrived, 200, 'OK');
  await from.receive('200 MESSAGE');
  return arrived.requestUri;
}

function contacts(response: WireMessage): readonly string[] {
  return response.list('Contact').map(uriIn).toSorted();
}

/** A GRUU that a 200 gives for a contact. */
function gruuIn(response: WireMessage, phone: ScriptedPhone, name: 'pub-gruu' | 'temp-gruu'): string {
  const contact = response.list('Contact').find((value) => uriIn(value) === phone.contact) ?? '';
  return new RegExp(`;${name}="([^"]+)"`).exec(contact)?.[1] ?? '';
}

describe('RFC 5626: several flows of one device', () => {
  it('§6: each reg-id is a binding, and the same one again takes it over', async () => {
    const user = await newUser();
    const [first, second, returned] = [await phoneOf(user), await phoneOf(user), await phoneOf(user)];
    const ok = await register(first, 'desk', { regId: 1 });
    expect([ok.header('Require'), ok.header('Flow-Timer')]).toEqual(['outbound', '120']);
    expect(contacts(await register(second, 'desk', { regId: 2 }))).toEqual([first.contact, second.contact].toSorted());
    const after = await register(returned, 'desk', { regId: 2, callId: 'after-a-restart@test' });
    expect(contacts(after)).toEqual([first.contact, returned.contact].toSorted());
  });

  it('§7: when one flow dies, the device is reached by the other; without any it is not there', async () => {
    const [caller, user] = [await phoneOf(await newUser(), 'UDP'), await newUser()];
    const [first, second] = [await phoneOf(user), await phoneOf(user)];
    await register(first, 'desk', { regId: 1 });
    await register(second, 'desk', { regId: 2 });
    const address = `sip:${user}@${domain}`;
    // The flow that was registered last is tried first.
    expect(await reached(caller, address, second)).toBe(second.contact);
    await second.close();
    expect(await reached(caller, address, first)).toBe(first.contact);
    await first.close();
    phones.splice(0, phones.length, caller);
    await message(caller, address);
    await caller.receive('480 MESSAGE');
  });
});

describe('RFC 5627: a device by its GRUU', () => {
  it('reaches that device and no other, by the public and the temporary one', async () => {
    const [caller, user] = [await phoneOf(await newUser(), 'UDP'), await newUser()];
    const [desk, mobile] = [await phoneOf(user, 'UDP'), await phoneOf(user)];
    await register(desk, '00000000-0000-1000-8000-000a95a0e128', { regId: 1 });
    const ok = await register(mobile, '00000000-0000-1000-8000-000a95a0e129', { regId: 1 });
    const shown = gruuIn(ok, mobile, 'pub-gruu');
    const hidden = gruuIn(ok, mobile, 'temp-gruu');
    expect(shown).toBe(`sip:${user}@${domain};gr=urn:uuid:00000000-0000-1000-8000-000a95a0e129`);
    expect(hidden).toMatch(new RegExp(`^sip:[A-Za-z0-9_-]{60,}@${domain};gr$`));
    expect(hidden).not.toContain(user);
    expect(await reached(caller, shown, mobile)).toBe(mobile.contact);
    expect(await reached(caller, hidden, mobile)).toBe(mobile.contact);
    expect(await reached(caller, gruuIn(ok, desk, 'temp-gruu'), desk)).toBe(desk.contact);
  });

  it('§3.2: a temporary one ends with its registration, another begins', async () => {
    const [caller, user] = [await phoneOf(await newUser(), 'UDP'), await newUser()];
    const phone = await phoneOf(user);
    const before = gruuIn(await register(phone, 'desk', { regId: 1, callId: 'before@test' }), phone, 'temp-gruu');
    const after = gruuIn(await register(phone, 'desk', { regId: 1, callId: 'after@test' }), phone, 'temp-gruu');
    expect(await reached(caller, after, phone)).toBe(phone.contact);
    await message(caller, before);
    await caller.receive('404 MESSAGE');
  });
});
