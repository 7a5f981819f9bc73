import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRunWith, freePorts, PeerFiles, ServicesApart } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireMessage } from './peers/wire-message.js';
import { answer, offer } from './rfc3665/scripted-call.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';
import { ScriptedPhone } from './rfc3665/scripted-phone.js';

const tenantId = 'acme';
const domain = 'acme.test';
/** The address that every edge puts into its Via and Record-Route: a balancer's, where each datagram may reach any edge. */
const shared = '127.0.0.1';
const edgeHosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;
const key = (id: number): string => `${id}:${Buffer.alloc(32, id).toString('base64')}`;

let apart: ServicesApart;
let peers: PeerFiles;
let port = 0;
const folder = mkdtempSync(join(tmpdir(), 'ringdown-any-edge-'));
const keyFile = join(folder, 'seal-keys');
let anna: ScriptedPhone;
let ben: ScriptedPhone;

/** An edge by its number, as the one that the balancer chooses. */
function edge(number: 1 | 2 | 3) {
  return { host: edgeHosts[number - 1] ?? '', port };
}

async function phone(user: string): Promise<ScriptedPhone> {
  const opened = await ScriptedPhone.open({
    user,
    domain,
    password: `${user}-secret`,
    transport: 'UDP',
    proxy: edge(1),
  });
  opened.balancedTo = edge(1);
  await opened.register();
  return opened;
}

/** Does something while the balancer brings what the phone sends to this edge. */
function by<Result>(number: 1 | 2 | 3, sender: ScriptedPhone, does: () => Result): Result {
  sender.balancedTo = edge(number);
  return does();
}

/** Anna's INVITE with credentials, sent to an edge; Ben has got it. */
async function invited(number: 1 | 2 | 3) {
  const requestUri = ben.addressOfRecord;
  const callId = `${Math.random().toString(36).slice(2)}@${domain}`;
  const compose = (cseq: number): WireMessage =>
    anna.compose('INVITE', {
      requestUri,
      callId,
      cseq,
      headers: [anna.contactLine(), ...anna.credentials('INVITE', requestUri)],
      sdp: offer,
    });
  const invite = by(number, anna, () => anna.send(compose(1)));
  return { invite, arrived: await ben.receive('INVITE') };
}

/** How often an edge has counted something. */
async function counted(number: 1 | 2 | 3, kind: string): Promise<number> {
  const text = await (await fetch(`http://${apart.edges[number - 1]?.http}/metrics`)).text();
  return Number(new RegExp(`^ringdown_edge_misplaced_total\\{kind="${kind}"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1]);
}

describe.runIf(canRunWith('nats-server'))('any edge takes any message, and services prove who they are', () => {
  beforeAll(async () => {
    peers = await PeerFiles.create();
    port = await freePorts(1);
    writeFileSync(keyFile, key(1));
    apart = await ServicesApart.start({
      locations: 1,
      registrars: 1,
      edges: 3,
      placeOf: (service, number) => ({
        prefix: [],
        settings: {
          RINGDOWN_HTTP_PORT: '0',
          RINGDOWN_SEAL_KEYS_FILE: keyFile,
          RINGDOWN_SIP_LISTENERS: `udp://${edgeHosts[number - 1] ?? ''}:${port}?advertise=${shared}:${port}`,
          ...peers.settings(service),
        },
      }),
    });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(
      tenantId,
      ['anna', 'ben'].map((name) => [name, `${name}-secret`]),
    );
    anna = await phone('anna');
    ben = await phone('ben');
  }, 60_000);
  afterAll(async () => {
    await Promise.all([anna?.close(), ben?.close()]);
    await apart?.stop();
    peers?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a call whose every message reaches another edge than the one before', async () => {
    const { invite, arrived } = await invited(1);
    by(2, ben, () => ben.respond(arrived, 180, 'Ringing'));
    await anna.receive('180 INVITE');
    const accepted = by(3, ben, () => ben.respond(arrived, 200, 'OK', answer));
    const ok = await anna.receive('200 INVITE');
    const ofAnna = ScriptedDialog.ofCaller(anna, invite, ok);
    const ofBen = ScriptedDialog.ofCallee(ben, arrived, accepted);
    by(2, anna, () => ofAnna.acknowledge());
    await ben.receive('ACK');
    by(3, anna, () => ofAnna.request('INFO'));
    const info = await ben.receive('INFO');
    by(1, ben, () => ben.respond(info, 200, 'OK'));
    await anna.receive('200 INFO');
    by(2, ben, () => ofBen.request('BYE'));
    const bye = await anna.receive('BYE');
    by(1, anna, () => anna.respond(bye, 200, 'OK'));
    await ben.receive('200 BYE');
    expect(await counted(2, 'responsesHandedOver')).toBe(1);
  });

  it('a CANCEL that reaches another edge than its INVITE, and so do all answers to it and the ACK', async () => {
    const takenBefore = await counted(1, 'taken');
    const { invite, arrived } = await invited(1);
    by(1, ben, () => ben.respond(arrived, 180, 'Ringing'));
    await anna.receive('180 INVITE');
    by(3, anna, () => anna.cancel(invite));
    const cancel = await ben.receive('CANCEL');
    expect(cancel.list('Via')[0]).toBe(arrived.list('Via')[0]);
    await anna.receive('200 CANCEL');
    by(2, ben, () => ben.respond(cancel, 200, 'OK'));
    by(3, ben, () => ben.respond(arrived, 487, 'Request Terminated'));
    await ben.receive('ACK');
    const terminated = await anna.receive('487 INVITE');
    by(2, anna, () => anna.acknowledge(invite, terminated));
    await expect.poll(() => counted(1, 'taken')).toBe(takenBefore + 2);
  });

  it('a CANCEL that nobody has anything to do with is answered within half a second', async () => {
    const startedAt = performance.now();
    const invite = anna.compose('INVITE', { requestUri: `sip:ben@${domain}` });
    by(2, anna, () => anna.cancel(invite));
    await anna.receive('481 CANCEL');
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  // Edges wait 100 ms for each other; a machine that is busy with other things may take longer now and then.
  it('an INVITE that is sent again to other edges, right after one of them has come back, is forked once', {
    retry: 2,
    timeout: 30_000,
  }, async () => {
    for (const each of [anna, ben]) each.forgetUnread();
    await apart.edges[2]?.restart();
    const takenBefore = await counted(2, 'takenElsewhere');
    const { invite, arrived } = await invited(1);
    for (const number of [2, 3] as const) by(number, anna, () => anna.send(invite));
    await expect.poll(() => counted(2, 'takenElsewhere')).toBe(takenBefore + 1);
    await expect.poll(() => counted(3, 'takenElsewhere')).toBe(1);
    by(2, ben, () => ben.respond(arrived, 486, 'Busy Here'));
    // A second INVITE would come before the ACK.
    await ben.receive('ACK');
    const busy = await anna.receive('486 INVITE');
    by(3, anna, () => anna.acknowledge(invite, busy));
  });

  it('a call goes on while the keys that seal it are rotated and every edge is restarted, one after another', async () => {
    const { invite, arrived } = await invited(1);
    const accepted = by(1, ben, () => ben.respond(arrived, 200, 'OK', answer));
    const ofAnna = ScriptedDialog.ofCaller(anna, invite, await anna.receive('200 INVITE'));
    const ofBen = ScriptedDialog.ofCallee(ben, arrived, accepted);
    by(1, anna, () => ofAnna.acknowledge());
    await ben.receive('ACK');
    const goesOn = async (number: 1 | 2 | 3): Promise<void> => {
      by(number, anna, () => ofAnna.request('INFO'));
      const info = await ben.receive('INFO');
      by(number, ben, () => ben.respond(info, 200, 'OK'));
      await anna.receive('200 INFO');
    };
    for (const keys of [`${key(1)},${key(2)}`, `${key(2)},${key(1)}`]) {
      writeFileSync(keyFile, keys);
      const changed = (): number =>
        apart.edges.filter((each) => each.output().split('the seal keys have changed').length > 1).length;
      await expect.poll(changed, { timeout: 10_000 }).toBe(3);
      for (const number of [1, 2, 3] as const) {
        await apart.edges[number - 1]?.restart();
        await goesOn(number);
      }
    }
    by(3, ben, () => ofBen.request('BYE'));
    const bye = await anna.receive('BYE');
    by(2, anna, () => anna.respond(bye, 200, 'OK'));
    await ben.receive('200 BYE');
  }, 60_000);
});
