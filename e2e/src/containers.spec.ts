import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, listBindings, OperatorApi } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ComposeProject } from './containers/compose-project.js';
import { ContainerEngine, canRunContainers } from './containers/container-engine.js';

const tenantId = 'acme';
const domain = 'acme.test';
const users = ['anna', 'ben', 'cara', 'dora'] as const;
const edgeCount = 3;
const services = [
  'edge-proxy',
  'registrar',
  'redirect',
  'location',
  'directory',
  'conference-focus',
  'accounting',
  'migrate',
];
/** What ours may add to the Node that they stand on. */
const ownMegabytes = 64;

describe.runIf(canRunContainers())('docker-compose.yml, from the sources to calls', { timeout: 120_000 }, () => {
  let engine: ContainerEngine;
  let project: ComposeProject;
  const phones: TestUserAgent[] = [];

  const timed = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    const result = await work();
    process.stdout.write(`containers: ${what} took ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
    return result;
  };

  const phone = async (
    user: (typeof users)[number],
    edge: string,
    transport: 'UDP' | 'TCP',
  ): Promise<TestUserAgent> => {
    // The address that the bridge's containers see: this machine's own on it.
    const host = edge.replace(/\.\d+$/, '.1');
    const outboundProxy = { host: edge, port: 5060 };
    const opened = await TestUserAgent.open({
      user,
      domain,
      password: `${user}-secret`,
      host,
      transport,
      outboundProxy,
    });
    phones.push(opened);
    // Just after the start a busy platform may ask for patience (503, Retry-After), as it may ask a phone.
    await expect.poll(async () => (await opened.register()).statusCode, { timeout: 20_000, interval: 1_000 }).toBe(200);
    return opened;
  };

  const callAndHangUp = async (caller: TestUserAgent, callee: TestUserAgent): Promise<void> => {
    const call = caller.call(callee.addressOfRecord);
    const incoming = await callee.nextCall();
    incoming.ring();
    incoming.answer();
    await call.established();
    await incoming.established();
    // A message within the call from each side.
    expect((await incoming.hold()).statusCode).toBe(200);
    await call.bye();
    await incoming.ended();
  };

  beforeAll(async () => {
    engine = await timed('engine and base images', () => ContainerEngine.start());
    project = new ComposeProject(engine);
  }, 600_000);

  afterEach(async () => {
    await Promise.all(phones.splice(0).map((each) => each.close()));
  });

  afterAll(async () => {
    await project?.down();
    await engine?.stop();
  }, 60_000);

  it('every service is built into an image that is small, runs as nobody and shares its layers with the others', {
    timeout: 600_000,
  }, async () => {
    await timed('the images', () => project.compose(['build'], {}, 590_000));
    const images = services.map((service) => `ringdown/${service}:latest`);
    const inspect = async (format: string, names: readonly string[]) =>
      (await engine.docker(['image', 'inspect', '--format', format, ...names])).split('\n');
    expect(new Set(await inspect('{{.Config.User}}', images))).toEqual(new Set(['65532:65532']));
    expect(new Set(await inspect('{{json .RootFS.Layers}}', images)).size).toBe(1);
    const recipe = readFileSync(join(checkoutRoot, 'deploy', 'docker', 'Dockerfile'), 'utf8');
    const runtime = /RUNTIME_IMAGE=(\S+)/.exec(recipe)?.[1] ?? '';
    const [ours = 0, base = 0] = (await inspect('{{.Size}}', [images[0] ?? '', runtime])).map(Number);
    process.stdout.write(
      `containers: ${Math.round(ours / 1e6)} MB, ${Math.round((ours - base) / 1e6)} MB of them ours\n`,
    );
    expect(ours - base).toBeLessThan(ownMegabytes * 1e6);
  });

  it(`comes up with ${edgeCount} edges, which know nothing but their peers' names`, { timeout: 240_000 }, async () => {
    await timed(`up with ${edgeCount} edges`, () =>
      project.compose(['up', '--detach', '--wait', '--scale', `edge-proxy=${edgeCount}`], {}, 230_000),
    );
    expect(new Set(await project.addresses('edge-proxy')).size).toBe(edgeCount);
    expect(await project.compose(['logs', '--no-log-prefix', 'migrate'])).toContain('location: applied');
    const operator = new OperatorApi(project.restUrl, project.adminToken);
    await operator.putTenant({ tenantId, domain, digestAlgorithms: ['MD5', 'SHA-256'] });
    await operator.importSubscribers(
      tenantId,
      users.map((user) => [user, `${user}-secret`]),
    );
  });

  it('phones that register at two edges call each other, and the third edge takes part as well', async () => {
    const [first = '', second = '', third = ''] = await project.addresses('edge-proxy');
    const [anna, ben, cara] = [
      await phone('anna', first, 'UDP'),
      await phone('ben', second, 'TCP'),
      await phone('cara', third, 'UDP'),
    ];
    const [location = ''] = await project.addresses('location');
    const bindings = await listBindings(`${location}:9090`, tenantId);
    const owners = ['anna', 'ben', 'cara'].map((user) => bindings.get(user)?.[0]?.flow?.edgeId);
    expect(new Set(owners).size).toBe(edgeCount);
    await timed('three calls', async () => {
      await callAndHangUp(anna, ben);
      await callAndHangUp(ben, cara);
      await callAndHangUp(cara, anna);
    });
  });

  it('phones reach the edges by the balancers, over UDP and TCP, and call each other', {
    timeout: 180_000,
  }, async () => {
    // Edges that tell phones the balancers' address.
    const advertised = { RINGDOWN_SIP_ADVERTISED_HOST: project.balancer };
    await project.compose(['rm', '--force', '--stop', 'edge-proxy'], {}, 60_000);
    const up = ['--profile', 'lb', 'up', '--detach', '--wait', '--scale', `edge-proxy=${edgeCount}`];
    await timed('new edges behind balancers', () => project.compose(up, advertised, 170_000));
    const dora = await phone('dora', project.balancer, 'UDP');
    const ben = await phone('ben', project.balancer, 'TCP');
    const anna = await phone('anna', project.balancer, 'UDP');
    const [location = ''] = await project.addresses('location');
    const bindings = await listBindings(`${location}:9090`, tenantId);
    // PROXY v2 says who is connected: this machine, not the balancer.
    expect(bindings.get('ben')?.[0]?.flow?.receivedHost).toBe(ben.address.host);
    await callAndHangUp(dora, ben);
    await callAndHangUp(ben, anna);
    await callAndHangUp(anna, dora);
  });

  it('leaves nothing behind when it is taken down', async () => {
    await timed('down', () => project.down());
    const ofProject = ['--filter', `label=com.docker.compose.project=${project.name}`, '--quiet'];
    expect(await engine.docker(['ps', '--all', ...ofProject])).toBe('');
    expect(await engine.docker(['volume', 'ls', ...ofProject])).toBe('');
    expect(await engine.docker(['network', 'ls', ...ofProject])).toBe('');
  });
});
