import { connect } from 'node:net';
import { canRunWith, freePorts, type ServiceProcess, ServicesApart } from '@ringdown/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, offer } from './rfc3665/scripted-call.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';
import { ScriptedPhone } from './rfc3665/scripted-phone.js';

const tenantId = 'acme';
const domain = 'acme.test';
/** What all edges tell peers, as behind one balancer; each has a host of its own, which the test chooses in the balancer's place. */
const shared = '127.0.0.1';
const edgeHosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;
const noticeSec = 2;

let apart: ServicesApart;
let port = 0;
const phones: ScriptedPhone[] = [];

async function phone(user: string, transport: 'UDP' | 'TCP', edge: 0 | 1 | 2): Promise<ScriptedPhone> {
  const proxy = { host: edgeHosts[edge], port };
  const opened = await ScriptedPhone.open({ user, domain, password: `${user}-secret`, transport, proxy });
  if (transport === 'UDP') opened.balancedTo = proxy;
  await opened.register();
  phones.push(opened);
  return opened;
}

/** Sends an INVITE with credentials; the callee has got it. */
async function invited(caller: ScriptedPhone, callee: ScriptedPhone) {
  const requestUri = callee.addressOfRecord;
  const invite = caller.compose('INVITE', {
    requestUri,
    headers: [caller.contactLine(), ...caller.credentials('INVITE', requestUri)],
    sdp: offer,
  });
  caller.send(invite);
  return { invite, arrived: await callee.receive('INVITE') };
}

/** The callee answers, and the caller hangs up. */
async function talked(
  caller: ScriptedPhone,
  callee: ScriptedPhone,
  { invite, arrived }: Awaited<ReturnType<typeof invited>>,
) {
  callee.respond(arrived, 200, 'OK', answer);
  const dialog = ScriptedDialog.ofCaller(caller, invite, await caller.receive('200 INVITE'));
  dialog.acknowledge();
  await callee.receive('ACK');
  dialog.request('BYE');
  callee.respond(await callee.receive('BYE'), 200, 'OK');
  await caller.receive('200 BYE');
}

/** What comes of opening a connection to the edge at this host. */
function connecting(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

async function readiness({ http }: ServiceProcess): Promise<number> {
  return (await fetch(`http://${http}/readyz`)).status;
}

async function gauge({ http }: ServiceProcess, line: RegExp): Promise<number> {
  return Number(line.exec(await (await fetch(`http://${http}/metrics`)).text())?.[1] ?? 0);
}

describe.runIf(canRunWith('nats-server'))('an edge that is told to end', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    port = await freePorts(1);
    apart = await ServicesApart.start({
      locations: 1,
      registrars: 1,
      edges: 3,
      placeOf: (_, number) => ({
        prefix: [],
        settings: {
          RINGDOWN_HTTP_PORT: '0',
          RINGDOWN_DRAIN_NOTICE_SEC: String(noticeSec),
          RINGDOWN_DRAIN_GRACE_SEC: '20',
          RINGDOWN_SIP_LISTENERS: (['udp', 'tcp'] as const)
            .map((transport) => `${transport}://${edgeHosts[number - 1] ?? ''}:${port}?advertise=${shared}:${port}`)
            .join(','),
        },
      }),
    });
    await apart.operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await apart.operator.importSubscribers(
      tenantId,
      ['anna', 'ben', 'carl', 'dora', 'emil'].map((name) => [name, `${name}-secret`]),
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all(phones.map((each) => each.close()));
    await apart?.stop();
  });

  it('isn’t ready at once, serves on, lets a call that rings be answered, gives away what is new, and ends', async () => {
    const edge = apart.edges[0] as ServiceProcess;
    const [anna, ben] = [await phone('anna', 'UDP', 0), await phone('ben', 'UDP', 1)];
    const [carl, dora] = [await phone('carl', 'UDP', 0), await phone('dora', 'UDP', 2)];
    const ringing = await invited(anna, ben);
    ben.respond(ringing.arrived, 180, 'Ringing');
    await anna.receive('180 INVITE');

    const startedAt = performance.now();
    const ended = edge.terminate();
    await expect.poll(() => readiness(edge), { timeout: 1_000 }).toBe(503);
    expect(await readiness(apart.edges[1] as ServiceProcess)).toBe(200);
    // Balancers haven't noticed yet.
    await talked(carl, dora, await invited(carl, dora));
    expect(performance.now() - startedAt).toBeLessThan(noticeSec * 1_000);
    await expect.poll(() => gauge(edge, /ringdown_edge_drain\{stage="moving"[^}]*\} (\d)/), { timeout: 5_000 }).toBe(1);

    // One that keeps sending here: another edge answers, by itself.
    const given = await invited(carl, dora);
    expect(await gauge(edge, /ringdown_edge_misplaced_total\{kind="handedOver"[^}]*\} (\d+)/)).toBe(1);
    expect(await gauge(edge, /ringdown_edge_transactions\{kind="inviteServer"[^}]*\} (\d+)/)).toBeLessThanOrEqual(2);
    await talked(carl, dora, given);

    await talked(anna, ben, ringing);
    expect(await ended).toBe(0);
    process.stdout.write(`the edge ended ${((performance.now() - startedAt) / 1_000).toFixed(1)} s after the signal\n`);
    await edge.restart();
  });

  it('closes its connections after the time of notice, takes no more, and their phones are waited for', async () => {
    const edge = apart.edges[0] as ServiceProcess;
    const [emil, anna] = [await phone('emil', 'TCP', 0), await phone('anna', 'UDP', 1)];
    const ended = edge.terminate();
    await expect.poll(() => emil.isConnected, { timeout: 10_000 }).toBe(false);
    expect(await connecting(edgeHosts[0])).toBe('ECONNREFUSED');
    const requestUri = emil.addressOfRecord;
    anna.send(
      anna.compose('INVITE', {
        requestUri,
        headers: [anna.contactLine(), ...anna.credentials('INVITE', requestUri)],
        sdp: offer,
      }),
    );
    const back = await phone('emil', 'TCP', 2);
    back.respond(await back.receive('INVITE'), 486, 'Busy Here');
    await anna.receive('486 INVITE');
    expect(await ended).toBe(0);
  });
});
