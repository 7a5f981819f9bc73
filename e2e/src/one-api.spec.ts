import { parseEndpoint } from '@ringdown/platform';
import { canRunWith, ServicesApart } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBalancer, startApiBalancer } from './peers/api-balancer.js';
import { ringdownAt } from './peers/ringdown.js';

type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const adminToken = 'operator-key-of-the-tests';
const domain = 'acme.test';

/** Every service has its own. */
function isDocumentation(path: string): boolean {
  return path.startsWith('/docs') || path === '/v1/openapi.json';
}

describe.runIf(canRunWith('nats-server', 'haproxy'))('one address for the API of services that run apart', () => {
  let apart: ServicesApart;
  let balancer: ApiBalancer;
  let ringdown: ReturnType<typeof ringdownAt>;
  const phones: TestUserAgent[] = [];

  beforeAll(async () => {
    apart = await ServicesApart.start({ locations: 1, registrars: 1, edges: 2, focuses: 1, accountings: 1 });
    balancer = await startApiBalancer(apart);
    ringdown = ringdownAt(balancer.url, adminToken);
    await operate('tenants', 'create', 'acme', '--domain', domain, '--digest', 'MD5');
    for (const user of ['anna', 'ben'])
      await operate('subscribers', 'create', 'acme', user, '--password', `${user}-secret`);
    await operate('rooms', 'create', 'acme', 'daily');
    for (const [edge, user] of ['anna', 'ben'].entries()) {
      const outboundProxy = parseEndpoint(apart.sip(edge))!;
      const phone = await TestUserAgent.open({ user, domain, password: `${user}-secret`, outboundProxy });
      phones.push(phone);
      await phone.register();
    }
  }, 120_000);
  afterAll(async () => {
    await Promise.all(phones.map((phone) => phone.close()));
    await balancer?.stop();
    await apart?.stop();
  });

  async function operate(...words: string[]): Promise<string> {
    const { code, out, err } = await ringdown(words);
    if (code !== 0) throw new Error(`ringdown ${words.join(' ')}: ${err}`);
    return out;
  }

  it('leads every path that a service documents to that service', async () => {
    const services = [
      apart.directory,
      ...[apart.accountings, apart.focuses, apart.locations, apart.edges].map(([first]) => first!),
    ];
    const astray: string[] = [];
    for (const { name, http } of services) {
      const document = (await (await fetch(`http://${http}/v1/openapi.json`)).json()) as { readonly paths: Paths };
      for (const [path, operations] of Object.entries(document.paths)) {
        if (isDocumentation(path)) continue;
        // With a method that it doesn't have, a path says that it is there.
        const methods = new Set(Object.keys(operations).map((method) => method.toUpperCase()));
        const method = ['PATCH', 'POST', 'DELETE'].find((each) => !methods.has(each))!;
        const headers = { authorization: `Bearer ${adminToken}` };
        const { status } = await fetch(balancer.url + path.replace(/\{\w+\}/g, 'x'), { method, headers });
        // 415: rooms are the conference of that name to a PATCH.
        if (status !== 405 && status !== 415) astray.push(`${name}: ${method} ${path} ${status}`);
      }
    }
    expect(astray).toEqual([]);
  });

  it('lets the command line ask all of them', async () => {
    expect(await operate('registrations', 'acme')).toMatch(
      /anna@acme\.test .*UDP of edge-1 [^]*ben@acme\.test .*UDP of edge-2/,
    );
    expect(await operate('rooms', 'list', 'acme')).toContain('daily');
    expect(await operate('explain', `anna@${domain}`, 'daily')).toContain('pod focus-1 answers for it');
    const explained = await operate('explain', `anna@${domain}`, 'ben');
    expect(explained).toContain('over its flow, by SipLink to edge edge-2');
    expect(explained).toContain('outcome      forwarded to sip:ben@127.0.0.1');
  });

  it('shows a call while it lasts', async () => {
    const [anna, ben] = phones as [TestUserAgent, TestUserAgent];
    const call = anna.call(`sip:ben@${domain}`);
    (await ben.nextCall()).answer();
    await call.established();
    await expect
      .poll(() => operate('calls', 'acme'), { timeout: 15_000 })
      .toMatch(new RegExp(`^acme +sip:anna@acme\\.test +sip:ben@acme\\.test .* edge-1 +${call.callId}$`, 'm'));
    await call.bye();
    await expect.poll(() => operate('calls', 'acme'), { timeout: 15_000 }).toBe('No calls in progress.\n');
  });
});
