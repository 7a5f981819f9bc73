import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandRun, ringdownAt } from './peers/ringdown.js';
import { type Platform, startPlatform } from './platform.js';

const domain = 'demo.ringdown.test';
const alice = `alice@${domain}`;

interface Explanation {
  readonly outcome: { readonly kind: string; readonly statusCode?: number; readonly service?: string };
  readonly steps: readonly { readonly step: string; readonly decision: string; readonly rule?: string }[];
}

describe('ringdown explain', () => {
  let platform: Platform;
  let ringdown: ReturnType<typeof ringdownAt>;
  const phones: TestUserAgent[] = [];
  let caller: TestUserAgent;

  async function operate(...words: string[]): Promise<CommandRun> {
    const run = await ringdown(words);
    if (run.code !== 0) throw new Error(`ringdown ${words.join(' ')}: ${run.err}`);
    return run;
  }

  async function phone(user: string): Promise<TestUserAgent> {
    const [at = '', port = ''] = platform.sip.split(':');
    const outboundProxy = { host: at, port: Number(port) };
    const opened = await TestUserAgent.open({ user, domain, password: `${user}-demo`, outboundProxy });
    phones.push(opened);
    return opened;
  }

  beforeAll(async () => {
    platform = await startPlatform();
    ringdown = ringdownAt(platform.http, platform.adminToken);
    await operate('routes', 'create', 'demo', 'sales', '--prefix', '+4930', '--redirect', `sip:bob@${domain}`);
    await operate('routes', 'create', 'demo', 'night', '--prefix', '+4940', '--session', 'conference-focus');
    await operate('numbers', 'create', 'demo', '+33123', '--username', 'bob');
    await operate('subscribers', 'update', 'demo', 'carol', '--disabled');
    await operate('tenants', 'create', 'acme', '--domain', 'acme.test', '--digest', 'MD5');
    await operate('subscribers', 'create', 'acme', 'erin', '--password', 'erin-demo');
    await (await phone('bob')).register();
    caller = await phone('alice');
  });
  afterAll(async () => {
    await Promise.all(phones.map((each) => each.close()));
    await platform?.stop();
  });

  /** What would become of alice's call, and the steps in lines. */
  async function explained(...words: string[]): Promise<{ outcome: Explanation['outcome']; told: string }> {
    const { out } = await operate('explain', ...words, '--json');
    const { outcome, steps } = JSON.parse(out) as Explanation;
    return { outcome, told: steps.map(({ step, decision, rule }) => `${step}: ${decision} [${rule}]`).join('\n') };
  }

  const redirected = { kind: 'service', service: 'redirect' };
  const answered = (statusCode: number) => ({ kind: 'answered', statusCode });
  it.each([
    {
      name: 'a forward',
      callee: '+4930111',
      outcome: redirected,
      statusCode: 302,
      rule: 'the caller is forwarded: 302 with sip:bob@demo.ringdown.test, and the bindings as contacts [route sales of tenant demo (number prefix +4930: redirect 302)]',
    },
    {
      name: 'a block',
      callee: 'carol',
      outcome: answered(480),
      statusCode: 480,
      rule: 'subscriber: subscriber carol is disabled [subscriber carol of tenant demo]',
    },
    {
      name: 'a missing user',
      callee: 'zoe',
      outcome: answered(404),
      statusCode: 404,
      rule: 'answered 404 Not Found [there is no subscriber and no room zoe]',
    },
    {
      name: 'a domain that no route leads to',
      callee: 'x@elsewhere.example',
      outcome: answered(403),
      statusCode: 403,
      rule: 'answered 403 Forbidden [tenant demo has no route to elsewhere.example]',
    },
    {
      name: 'an unregistered user',
      callee: 'dave',
      outcome: answered(480),
      statusCode: 480,
      rule: 'answered 480 Temporarily Unavailable [no phone of dave is registered]',
    },
    {
      name: "another tenant's subscriber",
      callee: 'erin@acme.test',
      outcome: answered(480),
      statusCode: 480,
      rule: "domain: acme.test is tenant acme's [domain acme.test, its canonical one]",
    },
    {
      name: 'a number that leads to a room which is not there',
      callee: '+4940111',
      outcome: answered(404),
      statusCode: 404,
      rule: 'the conference room 4940111 of tenant demo [route night of tenant demo (number prefix +4940: service conference-focus)]',
    },
  ])('names the rule of $name, and the call itself meets the same', async ({ callee, outcome, statusCode, rule }) => {
    const explanation = await explained(alice, callee);
    expect(explanation.told).toContain(rule);
    expect(explanation.outcome).toMatchObject(outcome);
    const call = caller.call(`sip:${callee.includes('@') ? callee : `${callee}@${domain}`}`);
    await expect.poll(() => call.failure?.statusCode, { timeout: 5_000 }).toBe(statusCode);
  });

  it.each([
    ['a number', '+33123', 'number +33123 is assigned to subscriber bob of tenant demo'],
    ['a registered user', 'bob', 'no route of tenant demo is for it, and its policy is redirectMode: proxy'],
  ])('leads %s to the phone, and the phone is not rung', async (_name, callee, rule) => {
    const { outcome, told } = await explained(alice, callee);
    expect(told).toContain(rule);
    expect(told).toMatch(
      /target: sip:bob@127\.0\.0\.1\S*, q 1: over its flow, from this edge \[registered from UDP 127\.0\.0\.1:\d+/,
    );
    expect(outcome).toMatchObject({ kind: 'forwarded', targets: [expect.stringMatching(/^sip:bob@127\.0\.0\.1/)] });
    expect(phones[0]?.incomingCalls).toEqual([]);
  });

  it('finds a room, and opens no conference', async () => {
    const { outcome, told } = await explained(alice, 'room');
    expect(outcome).toEqual({ kind: 'service', service: 'conference-focus' });
    expect(told).toContain('conference: tenant demo has a room room; pod focus-1 answers for it');
    const headers = { authorization: `Bearer ${platform.adminToken}` };
    const underWay = await fetch(`${platform.http}/v1/tenants/demo/conferences`, { headers });
    expect(await underWay.json()).toEqual({ items: [], next: null });
  });

  it('has the same phones as ringdown registrations', async () => {
    const { out } = await operate('registrations', 'demo', '--aor', `sip:bob@${domain}`);
    expect(out).toMatch(
      /^demo +sip:bob@demo\.ringdown\.test +sip:bob@127\.0\.0\.1\S* +UDP of edge-1 +\d+ s +reachable/m,
    );
    expect((await operate('registrations', '--json')).out).toContain('"addressOfRecord": "sip:bob@demo.ringdown.test"');
  });

  it('tells of an event at once, since it reads what calls are routed by', async () => {
    await operate('subscribers', 'update', 'demo', 'carol', '--enabled');
    await expect
      .poll(async () => (await explained(alice, 'carol')).told, { timeout: 10_000 })
      .toContain('no phone of carol is registered');
  });
});
