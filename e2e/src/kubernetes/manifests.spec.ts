import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { canRunWith, checkoutRoot } from '@ringdown/testbed';
import { beforeAll, describe, expect, it } from 'vitest';
import { endingProblems } from './ending-problems.js';
import { environmentProblems } from './environment-problems.js';
import { type Manifest, nameOf } from './manifest.js';
import { isClosedByDefault, isLet } from './network-flows.js';
import { podSecurityProblems } from './pod-security.js';
import { referenceProblems, type Sources, sourcesOf } from './references.js';
import { manifestsFolder, parseManifests, renderOverlay } from './render-overlay.js';
import { schemaProblems } from './schema-problems.js';
import { mistakes } from './seeded-mistakes.js';
import { workloadsOf } from './workload.js';

const overlays = ['development', 'production', 'production-host-network'] as const;
const rendered = new Map<string, readonly Manifest[]>();
let made: readonly Manifest[] = [];
let secrets: Sources = new Map();

beforeAll(() => {
  for (const overlay of overlays) rendered.set(overlay, renderOverlay(join(manifestsFolder, 'overlays', overlay)));
  made = parseManifests(execFileSync('sh', ['scripts/kubernetes-secrets.sh'], { cwd: checkoutRoot, encoding: 'utf8' }));
  secrets = sourcesOf(made);
});

function manifestsOf(overlay: string): readonly Manifest[] {
  const manifests = rendered.get(overlay) ?? [];
  if (manifests.length < 30) throw new Error(`${overlay} has only ${manifests.length} manifests`);
  return manifests;
}

describe.each(overlays)('the overlay %s', (overlay) => {
  it('keeps to the Kubernetes API, with no unknown field', () => {
    expect(manifestsOf(overlay).flatMap(schemaProblems)).toEqual([]);
  });

  it('gives the services settings that they take', () => {
    expect(environmentProblems(manifestsOf(overlay))).toEqual([]);
  });

  it('refers only to what is there', () => {
    expect(referenceProblems(manifestsOf(overlay), secrets)).toEqual([]);
  });

  it('lets pods end, and go one at a time', () => {
    expect(endingProblems(manifestsOf(overlay))).toEqual([]);
  });

  it('keeps to pod security restricted, but for the node’s network where that is the point', () => {
    const expected =
      overlay === 'production-host-network'
        ? [
            'StatefulSet/conference-focus uses the network of its node',
            'StatefulSet/edge-proxy uses the network of its node',
          ]
        : [];
    expect(workloadsOf(manifestsOf(overlay)).flatMap(podSecurityProblems)).toEqual(expected);
    const namespace = manifestsOf(overlay).find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe(
      expected.length > 0 ? 'privileged' : 'restricted',
    );
  });

  it('has every service that the platform has', () => {
    const said = spawnSync(process.execPath, [join(checkoutRoot, 'starter/dist/service.js')], {
      encoding: 'utf8',
    }).stderr;
    const services = /Name one service: (.*)/.exec(said)?.[1]?.split(', ') ?? [];
    expect(services.length).toBeGreaterThanOrEqual(6);
    const images = workloadsOf(manifestsOf(overlay)).flatMap(({ pod }) =>
      pod.containers.map(({ image }) => image?.replace(/:.*/, '')),
    );
    expect(images).toEqual(expect.arrayContaining(services.map((service) => `ringdown/${service}`)));
  });
});

describe('a Postgres elsewhere, and certificates of the script', () => {
  it('is the base with one component, to which the script brings every secret', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-overlay-'));
    try {
      const from = (path: string) => relative(realpathSync(folder), join(realpathSync(manifestsFolder), path));
      const kustomization = { resources: [from('base')], components: [from('components/postgres-external')] };
      writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
      const manifests = renderOverlay(folder);
      const script = [
        'scripts/kubernetes-secrets.sh',
        '--postgres-url',
        'postgres://ringdown:secret@10.0.0.5/ringdown',
      ];
      const given = parseManifests(execFileSync('sh', script, { cwd: checkoutRoot, encoding: 'utf8' }));
      expect([...manifests, ...given].flatMap(schemaProblems)).toEqual([]);
      expect(referenceProblems(manifests, sourcesOf(given))).toEqual([]);
      expect(referenceProblems(manifests, secrets)).toContain('Deployment/location: Secret/postgres-app is nowhere');
      expect(environmentProblems(manifests)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the one address of the REST API', () => {
  const files = ['deploy/load-balancers/api.cfg', 'deploy/kubernetes/components/one-api/haproxy.cfg'];
  const rules = (file: string) =>
    readFileSync(join(checkoutRoot, file), 'utf8')
      .split('\n')
      .filter((line) => /^ {2}(?:acl|use_backend|default_backend) /.test(line));

  it('goes by the rules that the tests run elsewhere', () => {
    const [tested = [], ours = []] = files.map(rules);
    expect(tested.length).toBeGreaterThan(5);
    expect(ours).toEqual(tested);
  });

  it.runIf(canRunWith('haproxy'))('is a configuration that HAProxy takes', () => {
    const checked = spawnSync('haproxy', ['-c', '-f', join(checkoutRoot, files[1] ?? '')], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin`, DOMAIN: 'ringdown.svc.cluster.local' },
    });
    expect([checked.status, checked.stderr.replace(/^\[NOTICE\].*\n/gm, '')]).toEqual([0, '']);
  });

  it('reaches every service that has a part of it, and nobody else may', () => {
    for (const service of ['accounting', 'conference-focus', 'directory', 'edge-proxy', 'location'])
      expect([service, isLet(manifestsOf('production'), 'api', service, 8080)]).toEqual([service, true]);
    expect(isLet(manifestsOf('production'), 'edge-proxy', 'directory', 8080)).toBe(false);
  });
});

describe('the network policies', () => {
  const flows: readonly (readonly [from: string, to: string, port: number])[] = [
    ...['conference-focus', 'directory', 'edge-proxy', 'location', 'redirect', 'registrar'].map(
      (to) => ['edge-proxy', to, 9090] as const,
    ),
    ...['registrar', 'redirect'].flatMap((from) => [
      [from, 'location', 9090] as const,
      [from, 'directory', 9090] as const,
    ]),
    ['conference-focus', 'conference-focus', 9090],
    ['conference-focus', 'directory', 9090],
    ...['accounting', 'conference-focus', 'directory', 'edge-proxy', 'location'].map(
      (from) => [from, 'nats', 4222] as const,
    ),
    ...['accounting', 'conference-focus', 'directory', 'location'].map((from) => [from, 'postgres', 5432] as const),
    ['nats', 'nats', 6222],
  ];
  const closed: readonly (readonly [from: string, to: string, port: number])[] = [
    ['edge-proxy', 'postgres', 5432],
    ['registrar', 'postgres', 5432],
    ['registrar', 'edge-proxy', 9090],
    ['redirect', 'nats', 4222],
    ['accounting', 'location', 9090],
    ['directory', 'nats', 6222],
  ];

  it.each(flows)('let %s reach %s at %d', (from, to, port) => {
    expect(isLet(manifestsOf('production'), from, to, port)).toBe(true);
  });

  it.each(closed)('keep %s from %s at %d', (from, to, port) => {
    expect(isLet(manifestsOf('production'), from, to, port)).toBe(false);
  });

  it('close what they don’t name', () => {
    expect(overlays.map((overlay) => isClosedByDefault(manifestsOf(overlay)))).toEqual([true, true, true]);
  });
});

describe('the script that makes secrets', () => {
  it('makes what the API takes', () => {
    expect(made.flatMap(schemaProblems)).toEqual([]);
  });

  it('makes keys that the platform can use', () => {
    const url = decoded('nats', 'url');
    expect(url).toBe(`nats://ringdown:${decoded('nats', 'password')}@nats:4222`);
    expect(decoded('seal-keys', 'seal-keys')).toMatch(/^1:[A-Za-z0-9+/]{43}=$/);
    expect(decoded('peer-location', 'tls.crt')).toContain('BEGIN CERTIFICATE');
  });

  function decoded(name: string, key: string): string {
    const data = made.find(({ metadata }) => metadata.name === name)?.['data'] as Record<string, string> | undefined;
    return Buffer.from(data?.[key] ?? '', 'base64').toString();
  }
});

describe('the checks', () => {
  it.each(mistakes)('find %s in %s', (_what, of, text, instead, found) => {
    const manifests = manifestsOf('production');
    const index = manifests.findIndex((manifest) => nameOf(manifest).replace(/-[a-z0-9]{10}$/, '') === of);
    const before = JSON.stringify(manifests[index]);
    expect(before).toContain(text);
    const broken = manifests.with(index, JSON.parse(before.replace(text, instead)) as Manifest);
    const problems = [
      ...broken.flatMap(schemaProblems),
      ...environmentProblems(broken),
      ...referenceProblems(broken, secrets),
      ...endingProblems(broken),
      ...workloadsOf(broken).flatMap(podSecurityProblems),
    ];
    expect(problems.join('\n')).toMatch(found);
  });
});
