import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';
import { beforeAll, describe, expect, it } from 'vitest';
import { endingProblems } from './ending-problems.js';
import { environmentProblems } from './environment-problems.js';
import { type Manifest, nameOf } from './manifest.js';
import { isClosedByDefault, isLet } from './network-flows.js';
import { podSecurityProblems } from './pod-security.js';
import { referenceProblems, type Sources, sourcesOf } from './references.js';
import { manifestsFolder, parseManifests, renderOverlay } from './render-overlay.js';
import { schemaProblems } from './schema-problems.js';
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

/** Mistakes as people make them, each of which one of the checks has to find. */
const mistakes: readonly (readonly [what: string, of: string, text: string, instead: string, found: RegExp])[] = [
  [
    'a misspelt field',
    'StatefulSet/edge-proxy',
    '"readinessProbe"',
    '"readynessProbe"',
    /containers\[0\]\.readynessProbe is not a field/,
  ],
  [
    'a misspelt field far down',
    'StatefulSet/edge-proxy',
    '"secretName":"seal-keys"',
    '"secretNames":"seal-keys"',
    /secret\.secretNames is not a field/,
  ],
  [
    'a text for a number',
    'StatefulSet/edge-proxy',
    '"terminationGracePeriodSeconds":150',
    '"terminationGracePeriodSeconds":"150s"',
    /terminationGracePeriodSeconds must be integer/,
  ],
  [
    'a number for a text',
    'Deployment/registrar',
    '"value":"/etc/ringdown/seal-keys/seal-keys"',
    '"value":3',
    /env\/\d+\/value must be string/,
  ],
  [
    'another kind’s field',
    'Deployment/registrar',
    '"minReadySeconds"',
    '"podManagementPolicy":"Parallel","minReadySeconds"',
    /spec\.podManagementPolicy is not a field/,
  ],
  [
    'a field in the wrong place',
    'StatefulSet/edge-proxy',
    '"securityContext":{',
    '"enableServiceLinks":false,"securityContext":{',
    /containers\[0\]\.enableServiceLinks is not a field/,
  ],
  [
    'a protocol that isn’t',
    'Service/edge-proxy-udp',
    '"UDP"',
    '"UPD"',
    /protocol must be equal to one of the allowed values/,
  ],
  [
    'a required field missing',
    'HorizontalPodAutoscaler/edge-proxy',
    '"maxReplicas":20,',
    '',
    /must have required property maxReplicas/,
  ],
  [
    'an API that is gone',
    'PodDisruptionBudget/edge-proxy',
    '"policy/v1"',
    '"policy/v1beta1"',
    /policy\/v1beta1 has no PodDisruptionBudget/,
  ],
  ['an operator’s field misspelt', 'Cluster/postgres', '"instances"', '"instnaces"', /spec\.instnaces is not a field/],
  [
    'an operator’s field misspelt, far down',
    'Cluster/postgres',
    '"dataDurability"',
    '"dataDurabilty"',
    /postgresql\.synchronous\.dataDurabilty is not a field/,
  ],
  ['an operator’s enumeration', 'Cluster/postgres', '"preferred"', '"prefered"', /dataDurability must be equal/],
  [
    'a certificate’s field misspelt',
    'Certificate/peer-location',
    '"rotationPolicy"',
    '"rotation"',
    /privateKey\.rotation is not a field/,
  ],
  [
    'a setting that isn’t',
    'ConfigMap/edge-proxy',
    'RINGDOWN_DRAIN_NOTICE_SEC',
    'RINGDOWN_DRAIN_NOTICE_MS',
    /RINGDOWN_DRAIN_NOTICE_MS/,
  ],
  ['a setting’s wrong value', 'ConfigMap/edge-proxy', '"owned"', '"own"', /RINGDOWN_UDP_PINHOLES is "own"/],
  [
    'a variable that comes later',
    'StatefulSet/edge-proxy',
    '"POD_IP"',
    '"POD_ADDRESS"',
    /RINGDOWN_SIP_LISTENERS names \$\(POD_IP\)/,
  ],
  [
    'a secret that nobody makes',
    'Deployment/directory',
    '"name":"admin-token"',
    '"name":"admin-tokens"',
    /Secret\/admin-tokens is nowhere/,
  ],
  [
    'a key that a secret lacks',
    'Deployment/directory',
    '"key":"token"',
    '"key":"tokens"',
    /Secret\/admin-token has no key tokens/,
  ],
  ['a probe of no path', 'Deployment/registrar', '"/readyz"', '"/ready"', /probes \/ready, which nobody answers/],
  [
    'a probe of no port',
    'Deployment/registrar',
    '"path":"/readyz","port":"http"',
    '"path":"/readyz","port":"https"',
    /probes the port https/,
  ],
  [
    'a service of no pods',
    'Service/location',
    '"selector":{"app.kubernetes.io/name":"location"}',
    '"selector":{"app.kubernetes.io/name":"locations"}',
    /chooses 0 workloads/,
  ],
  [
    'a service of no port',
    'Service/edge-proxy-udp',
    '"targetPort":"sip-udp"',
    '"targetPort":"sip-tcp"',
    /no container has the port sip-tcp over UDP/,
  ],
  [
    'session affinity',
    'Service/edge-proxy-tcp',
    '"sessionAffinity":"None"',
    '"sessionAffinity":"ClientIP"',
    /pins each trunk/,
  ],
  [
    'a grace time too short',
    'StatefulSet/edge-proxy',
    '"terminationGracePeriodSeconds":150',
    '"terminationGracePeriodSeconds":140',
    /killed after 140 s, but needs up to 145/,
  ],
  [
    'a budget that blocks',
    'PodDisruptionBudget/registrar',
    '"maxUnavailable":1',
    '"maxUnavailable":0',
    /exactly one pod at a time/,
  ],
  [
    'a root that can be written',
    'Deployment/registrar',
    '"readOnlyRootFilesystem":true',
    '"readOnlyRootFilesystem":false',
    /may write to its root/,
  ],
  ['a root user', 'StatefulSet/nats', '"runAsUser":65532', '"runAsUser":0', /names no user by number/],
];

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
