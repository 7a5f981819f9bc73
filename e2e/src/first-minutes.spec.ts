import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from './peers/process-scan.js';
import { RawPhone } from './peers/raw-phone.js';
import { type Facts, Stage, secretsOf } from './stage.js';

const run = promisify(execFile);
const stage = new Stage();
/** A guess that a stranger makes; not to be found in any log either. */
const guess = 'not-the-password-of-anybody';
const secrets = [guess];

let dataDir: string;
let facts: Facts;

beforeAll(async () => {
  dataDir = stage.folder();
  facts = await stage.launch(dataDir).up();
  secrets.push(...secretsOf(facts));
});
afterAll(() => stage.clear());

/** Ends what a launch that can't succeed has printed, which must be only these lines, and shows that it left nothing. */
async function refused(folder: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<string> {
  const launch = stage.launch(folder, { environment, args });
  expect(await launch.exit()).toBe(1);
  expect(processesOf(folder)).toEqual([]);
  const output = launch.child.output();
  expect(output).not.toMatch(/^\s+at /m);
  return output.trim();
}

describe('a port that is taken', () => {
  const folder = stage.folder();

  it.each(['udp', 'tcp'] as const)(
    'for SIP by another program over %s: one line that names the setting',
    async (by) => {
      const { port, release } = await (by === 'udp' ? takenUdp() : takenTcp());
      expect(await refused(folder, { RINGDOWN_SIP_PORT: String(port) })).toBe(
        `ringdown: SIP over ${by.toUpperCase()} cannot listen on 127.0.0.1:${port}: the port is taken by another program. Set RINGDOWN_SIP_PORT to another value.`,
      );
      await release();
    },
  );

  it('for HTTP: one line that names the setting', async () => {
    const { port, release } = await takenTcp();
    expect(await refused(folder, { RINGDOWN_HTTP_PORT: String(port) })).toBe(
      `ringdown: HTTP cannot listen on 127.0.0.1:${port}: the port is taken by another program. Set RINGDOWN_HTTP_PORT to another value.`,
    );
    await release();
  });
});

describe('a wrong setting', () => {
  it.each([
    {
      name: 'an unknown name gets the one that was meant',
      environment: { RINGDOWN_HTP_PORT: '8080' },
      lines: [/^ringdown: RINGDOWN_HTP_PORT is not a setting\. Did you mean RINGDOWN_HTTP_PORT\?$/],
    },
    {
      name: 'a port that is none',
      environment: { RINGDOWN_SIP_PORT: '99999' },
      lines: [/^ringdown: RINGDOWN_SIP_PORT is "99999", but must be a port from 0 to 65535/],
    },
    {
      name: 'several at once, a line for each, and no secret shown',
      environment: { RINGDOWN_SIP_PORT: 'five', RINGDOWN_SIPHOST: 'x', RINGDOWN_SEAL_KEYS: guess },
      lines: [
        /^ringdown: RINGDOWN_SIPHOST is not a setting\. Did you mean RINGDOWN_SIP_HOST\?$/,
        /^ringdown: RINGDOWN_SIP_PORT is "five", but must be a port/,
        /^ringdown: RINGDOWN_SEAL_KEYS is its value \(not shown\), but must be /,
      ],
    },
    {
      name: 'an address of another machine',
      environment: { RINGDOWN_HTTP_HOST: '192.0.2.200' },
      lines: [
        /^ringdown: HTTP cannot listen on 192\.0\.2\.200:0: the address belongs to no interface.*RINGDOWN_HTTP_HOST/,
      ],
    },
  ])('$name', async ({ environment, lines }) => {
    const output = (await refused(stage.folder(), environment)).split('\n');
    expect(output).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) expect(output[index]).toMatch(line);
  });

  it('an unknown word behind npm start --', async () => {
    expect(await refused(stage.folder(), {}, ['--demo'])).toMatch(/^ringdown: .*--demo.*Known: --new-demo-passwords$/);
  });
});

describe('what the banner promises', () => {
  it('every page answers', async () => {
    const page = async (path: string): Promise<string> => {
      const response = await fetch(`${facts.http}${path}`);
      expect(response.status).toBe(200);
      return response.text();
    };
    expect(JSON.parse(await page('/healthz'))).toEqual({ status: 'ok' });
    expect(JSON.parse(await page('/readyz'))).toMatchObject({ ready: true });
    expect(await page('/metrics')).toMatch(/^process_cpu_seconds_total \d/m);
    expect(JSON.parse(await page('/v1/openapi.json'))).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
      paths: { '/v1/tenants': expect.anything() },
    });
    const docs = await page('/docs');
    const assets = [...docs.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, asset = '']) => asset);
    expect(assets.length).toBeGreaterThan(1);
    // Nothing comes from elsewhere, so the page works without a network.
    expect(assets.filter((asset) => !asset.startsWith('/'))).toEqual([]);
    for (const asset of assets) expect((await page(asset)).length).toBeGreaterThan(0);
  });

  it('the UDP socket that it names runs: in CI, which has a compiler, the batched one', async () => {
    const kind = process.env['CI'] === 'true' ? 'batched' : facts.udp.split(' ')[0];
    expect(facts.udp).toMatch(kind === 'batched' ? /^batched$/ : /^dgram \(no add-on for batches: it isn't built/);
    const metrics = await (await fetch(`${facts.http}/metrics`)).text();
    expect(metrics).toContain(`ringdown_udp_port_info{kind="${kind}",service="edge-proxy"} 1`);
  });

  it.each([
    { key: 'no key', headers: {} },
    { key: 'a wrong key', headers: { authorization: `Bearer ${guess}` } },
  ])('REST with $key is refused as problem+json', async ({ headers }) => {
    const response = await fetch(`${facts.http}/v1/tenants`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({
      status: 401,
      detail: expect.stringContaining('RINGDOWN_ADMIN_TOKEN'),
    });
  });

  it('the curl line shows the demo tenant', async () => {
    const { stdout } = await run('sh', ['-c', `${facts.curl} --silent --show-error --fail`]);
    expect(JSON.parse(stdout)).toMatchObject({
      items: [{ tenantId: 'demo', canonicalDomain: 'demo.ringdown.test', realm: 'demo.ringdown.test' }],
      next: null,
    });
  });

  it('OPTIONS is answered, and every demo user registers with the password shown, by each name of the tenant', async () => {
    const phone = await RawPhone.open(facts.sip);
    expect(await phone.request('OPTIONS', `sip:${facts.sip}`)).toMatch(/^SIP\/2\.0 200 /);
    expect([...facts.passwords]).toEqual(['alice', 'bob', 'carol', 'dave'].map((name) => [name, `${name}-demo`]));
    for (const [username, password] of facts.passwords) {
      for (const domain of ['demo.ringdown.test', 'localhost', '127.0.0.1'])
        expect(await phone.register(username, password, domain)).toMatch(/^SIP\/2\.0 200 /);
    }
    phone.close();
  });
});

describe('somebody whom nobody knows', () => {
  const strangers = [
    { method: 'REGISTER', who: 'an unknown user', username: 'mallory', uri: 'sip:demo.ringdown.test', status: 401 },
    { method: 'INVITE', who: 'an unknown user', username: 'mallory', uri: 'sip:bob@demo.ringdown.test', status: 407 },
    { method: 'REGISTER', who: 'a wrong password', username: 'alice', uri: 'sip:demo.ringdown.test', status: 401 },
  ] as const;

  it.each(strangers)('$method of $who is refused and leaves a line that says who, where from and why', async (row) => {
    const { method, username, uri, status } = row;
    const phone = await RawPhone.open(facts.sip);
    const callId = `stranger-${method}-${username}`;
    const address = `sip:${username}@demo.ringdown.test`;
    const to = method === 'REGISTER' ? { to: address } : {};
    const credentials = { username, password: guess };
    const response = await phone.request(method, uri, { from: address, ...to, credentials, callId });
    expect(response).toMatch(new RegExp(`^SIP/2\\.0 ${status} `));
    const line = await logged(callId);
    expect(line).toMatchObject({ service: 'edge-proxy', tenant: 'demo', source: `UDP ${phone.address}` });
    expect(line['message']).toContain(method);
    expect(line['message']).toContain(address);
    expect(line['message']).toMatch(new RegExp(`unknown user ${username}|no subscriber ${username}|wrong password`));
    phone.close();
  });

  it.each([
    { method: 'REGISTER', to: 'alice@pbx.example', status: /404|403/ },
    { method: 'INVITE', to: 'bob@pbx.example', status: /404|403|407/ },
  ])(
    '$method for a domain that is not served is refused and leaves a line that names it',
    async ({ method, to, status }) => {
      const phone = await RawPhone.open(facts.sip);
      const callId = `elsewhere-${method}`;
      const uri = method === 'REGISTER' ? 'sip:pbx.example' : `sip:${to}`;
      const response = await phone.request(method, uri, { from: 'sip:alice@pbx.example', to: `sip:${to}`, callId });
      expect(response.split(' ')[1]).toMatch(status);
      const line = await logged(callId);
      expect(line).toMatchObject({ service: 'edge-proxy', source: `UDP ${phone.address}` });
      expect(line['message']).toContain('pbx.example');
      phone.close();
    },
  );

  /** The one log line of a Call-ID. */
  async function logged(callId: string): Promise<Record<string, unknown>> {
    const lines = () =>
      stage
        .log()
        .split('\n')
        .filter((line) => line.includes(`"${callId}"`));
    await expect.poll(lines).toHaveLength(1);
    return JSON.parse(lines()[0] ?? '') as Record<string, unknown>;
  }
});

describe('beyond loopback', () => {
  const exposed = { RINGDOWN_SIP_HOST: '0.0.0.0' };
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);

  it('a first start makes random passwords, shows them once, and takes the address as a domain', async () => {
    const folder = stage.folder();
    const first = stage.launch(folder, { environment: exposed });
    const shown = await first.up();
    secrets.push(...secretsOf(shown));
    expect([...shown.passwords.keys()]).toEqual(['alice', 'bob', 'carol', 'dave']);
    for (const [username, password] of shown.passwords) {
      expect(password).not.toBe(`${username}-demo`);
      expect(password.length).toBeGreaterThanOrEqual(12);
    }
    const phone = await RawPhone.open(shown.sip);
    for (const domain of ['demo.ringdown.test', ...addresses])
      expect(await phone.register('alice', shown.passwords.get('alice') ?? '', domain)).toMatch(/^SIP\/2\.0 200 /);
    expect(await phone.register('alice', 'alice-demo')).toMatch(/^SIP\/2\.0 401 /);
    phone.close();
    await first.child.end();

    const second = stage.launch(folder, { environment: exposed });
    expect((await second.up()).passwords.size).toBe(0);
    for (const password of shown.passwords.values()) expect(second.child.output()).not.toContain(password);
    await second.child.end();
  });

  it('documented passwords that are stored are refused with the command that changes them, which works', async () => {
    const folder = stage.folder();
    const loopback = stage.launch(folder);
    await loopback.up();
    await loopback.child.end();

    const message = await refused(folder, exposed);
    const last = message.split('\n').filter((line) => !line.startsWith('{'));
    expect(last).toEqual([
      expect.stringMatching(/^ringdown: RINGDOWN_SIP_HOST=0\.0\.0\.0 .* alice, bob, carol, dave /),
    ]);
    const [, args = ''] = /npm start -- (--\S+)$/.exec(message) ?? [];

    const changed = stage.launch(folder, { environment: exposed, args: [args] });
    const shown = await changed.up();
    secrets.push(...secretsOf(shown));
    const phone = await RawPhone.open(shown.sip);
    const aliases = ['demo.ringdown.test', ...addresses];
    for (const domain of aliases)
      expect(await phone.register('dave', shown.passwords.get('dave') ?? '', domain)).toMatch(/^SIP\/2\.0 200 /);
    expect(await phone.register('dave', 'dave-demo')).toMatch(/^SIP\/2\.0 401 /);
    phone.close();
    await changed.child.end();
  });
});

it('no secret is in any log of these starts', () => {
  expect(secrets.length).toBeGreaterThan(40);
  const log = stage.log();
  expect(log.length).toBeGreaterThan(1_000);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});

interface Taken {
  readonly port: number;
  release(): Promise<unknown>;
}

async function takenUdp(): Promise<Taken> {
  const socket = createSocket('udp4');
  const listening = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await listening;
  return {
    port: socket.address().port,
    release: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function takenTcp(): Promise<Taken> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen(0, '127.0.0.1');
  await listening;
  const at = server.address();
  return {
    port: typeof at === 'object' && at !== null ? at.port : 0,
    release: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
