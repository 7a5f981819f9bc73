import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRunWith, checkoutRoot, OperatorApi } from '@ringdown/testbed';
import { startPostgres, type TestPostgres, testedPostgresVersions } from '@ringdown/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedPhone } from '../rfc3665/scripted-phone.js';
import { adapterRules } from './adapter-rules.js';
import type { Manifest } from './manifest.js';
import { NatsNodes, natsNodeNames } from './nats-nodes.js';
import { PodProcess } from './pod-process.js';
import { manifestsFolder, parseManifests, renderOverlay } from './render-overlay.js';
import { isChosen, type Workload, workloadsOf } from './workload.js';

const tenantId = 'acme';
const domain = 'acme.test';
const folder = mkdtempSync(join(tmpdir(), 'ringdown-pods-'));
/** Others on this machine may have the same ports at other addresses. */
const network = `127.${randomInt(1, 250)}.${randomInt(250)}`;

let postgres: TestPostgres;
let nats: NatsNodes;
let secrets: readonly Manifest[];
const pods = new Map<string, PodProcess>();

function valueOf(name: string, key: string): string | undefined {
  const data = secrets.find(({ metadata }) => metadata.name === name)?.['data'] as Record<string, string> | undefined;
  return data?.[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString();
}

function pod(service: string): PodProcess {
  const found = pods.get(service);
  if (found === undefined) throw new Error(`there is no pod of ${service}`);
  return found;
}

describe.runIf(canRunWith('nats-server', 'kubectl', 'openssl'))('the development overlay’s pods as processes', () => {
  beforeAll(async () => {
    const [version] = testedPostgresVersions();
    if (version === undefined) throw new Error('no Postgres on this machine');
    const manifests = renderOverlay(join(manifestsFolder, 'overlays/development'));
    const script = ['scripts/kubernetes-secrets.sh', '--domain', 'sip.example.com'];
    secrets = parseManifests(execFileSync('sh', script, { cwd: checkoutRoot, encoding: 'utf8' }));
    [postgres, nats] = await Promise.all([
      startPostgres({ version }),
      NatsNodes.start(valueOf('nats', 'password') ?? ''),
    ]);
    for (const node of natsNodeNames) {
      while (!(await nats.isReady(node))) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const database = await postgres.createDatabase();
    const workloads = workloadsOf(manifests).filter(({ labels }) => labels['app.kubernetes.io/part-of'] === 'ringdown');
    const addressOf = new Map(workloads.map(({ name }, index) => [name, `${network}.${index + 1}`]));
    const behind = (service: string): readonly string[] | undefined => {
      const found = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
      const { selector } = (found?.['spec'] ?? {}) as { selector?: Workload['labels'] };
      const chosen = workloads.filter(({ labels }) => isChosen(labels, selector));
      return found === undefined ? undefined : chosen.map(({ name }) => addressOf.get(name) ?? '');
    };
    for (const workload of workloads) {
      const place = {
        manifests,
        address: addressOf.get(workload.name) ?? '',
        folder: join(folder, workload.name.replace('/', '-')),
        addressesOf: behind,
        secret: (name: string, key: string) => {
          if (name === 'nats' && key === 'url') return nats.url('nats-1');
          return name === 'postgres-app' && key === 'uri' ? database : valueOf(name, key);
        },
      };
      const started = new PodProcess(workload, place);
      pods.set(started.service, started);
    }
  });
  afterAll(async () => {
    await Promise.all([...pods.values()].map((each) => each.kill()));
    await Promise.all([postgres?.stop(), nats?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['accounting', 'conference-focus', 'directory', 'edge-proxy', 'location', 'redirect', 'registrar'])(
    '%s starts with the settings, secrets and certificates of its pod, and every probe passes',
    async (service) => {
      await expect(pod(service).ready(30_000)).resolves.toBeUndefined();
    },
  );

  it('a phone registers and reaches itself by the edge’s pod', async () => {
    const { address } = pod('edge-proxy').place;
    const api = new OperatorApi(`http://${pod('directory').place.address}:8080`, valueOf('admin-token', 'token') ?? '');
    await api.putTenant({ tenantId, domain, digestAlgorithms: ['MD5'] });
    await api.importSubscribers(tenantId, [['anna', 'anna-secret']]);
    const proxy = { host: address, port: 5060 };
    const anna = await ScriptedPhone.open({ user: 'anna', domain, password: 'anna-secret', transport: 'UDP', proxy });
    try {
      await anna.register();
      const requestUri = anna.addressOfRecord;
      anna.send(anna.compose('MESSAGE', { requestUri, headers: anna.credentials('MESSAGE', requestUri) }));
      anna.respond(await anna.receive('MESSAGE'), 200, 'OK');
      expect(await anna.receive('200 MESSAGE')).toBeDefined();
    } finally {
      await anna.close();
    }
  });

  it('an edge counts what the autoscaler’s rules read', async () => {
    const { address } = pod('edge-proxy').place;
    const proxy = { host: address, port: 5060 };
    const anna = await ScriptedPhone.open({ user: 'anna', domain, password: 'anna-secret', transport: 'UDP', proxy });
    anna.send(anna.compose('INVITE', { requestUri: anna.addressOfRecord }));
    await anna.receive('407 INVITE');
    await anna.close();
    const text = await (await fetch(`http://${address}:8080/metrics`)).text();
    for (const { seriesQuery, metricsQuery } of adapterRules()) {
      const [, series = '', method = ''] = /^(\w+)\{.*method="(\w+)"/.exec(seriesQuery) ?? [];
      expect(metricsQuery).toContain(`method="${method}"`);
      expect(text).toMatch(new RegExp(`^${series}\\{[^}]*method="${method}"[^}]*\\} [1-9]`, 'm'));
    }
  });

  it('edge, registrar and location end by themselves within their grace time', async () => {
    for (const service of ['edge-proxy', 'registrar', 'location']) {
      const { terminationGracePeriodSeconds = 0 } = pod(service).workload.pod;
      const begun = performance.now();
      expect([service, await pod(service).terminate()]).toEqual([service, 0]);
      expect((performance.now() - begun) / 1_000).toBeLessThan(terminationGracePeriodSeconds);
    }
  });
});
