import type { V1ContainerPort, V1ServiceSpec } from '@kubernetes/client-node';
import { type Manifest, nameOf } from './manifest.js';
import { isChosen, type Workload, workloadsOf } from './workload.js';

/** The keys of each config map and secret, by `ConfigMap/<name>` and `Secret/<name>`. */
export type Sources = ReadonlyMap<string, ReadonlySet<string>>;

/** What the HTTP server of every process of the platform answers to probes. */
const probePaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/sipz']);

const certificateKeys: ReadonlySet<string> = new Set(['ca.crt', 'tls.crt', 'tls.key']);

/** What the manifests themselves bring: config maps, secrets, and the secrets that operators make of their resources. */
export function sourcesOf(manifests: readonly Manifest[]): Sources {
  return new Map(
    manifests.flatMap((manifest): [string, ReadonlySet<string>][] => {
      const { kind } = manifest;
      if (kind === 'ConfigMap' || kind === 'Secret') {
        return [
          [
            nameOf(manifest),
            new Set(['data', 'stringData', 'binaryData'].flatMap((field) => Object.keys(manifest[field] ?? {}))),
          ],
        ];
      }
      const { secretName } = (manifest['spec'] ?? {}) as { secretName?: string };
      if (kind === 'Certificate' && secretName !== undefined) return [[`Secret/${secretName}`, certificateKeys]];
      // CloudNativePG gives the owner of the first database a secret.
      if (kind === 'Cluster')
        return [[`Secret/${manifest.metadata.name}-app`, new Set(['uri', 'username', 'password'])]];
      return [];
    }),
  );
}

/** Config maps, secrets, volumes, ports and accounts that a workload names and nobody has, and secrets that would never be renewed under it. */
export function referenceProblems(manifests: readonly Manifest[], secrets: Sources): readonly string[] {
  const sources: Sources = new Map([...secrets, ...sourcesOf(manifests)]);
  const accounts = new Set(
    manifests.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name),
  );
  return [
    ...workloadsOf(manifests).flatMap((workload) => workloadProblems(workload, sources, accounts)),
    ...manifests
      .filter(({ kind }) => kind === 'Service')
      .flatMap((service) => serviceProblems(service, workloadsOf(manifests))),
  ];
}

function workloadProblems(
  { name, labels, pod, claims }: Workload,
  sources: Sources,
  accounts: ReadonlySet<string>,
): readonly string[] {
  const missing = (source: string, key?: string) =>
    sources.get(source) === undefined
      ? [`${source} is nowhere`]
      : key === undefined || sources.get(source)?.has(key) === true
        ? []
        : [`${source} has no key ${key}`];
  const isOurs = labels['app.kubernetes.io/part-of'] === 'ringdown';
  const volumes = new Set([...claims, ...(pod.volumes ?? []).map((volume) => volume.name)]);
  const secretVolumes = new Set(
    (pod.volumes ?? []).filter(({ secret }) => secret !== undefined).map((volume) => volume.name),
  );
  const problems = [
    ...(accounts.has(pod.serviceAccountName ?? '') ? [] : [`the service account ${pod.serviceAccountName} is nowhere`]),
    ...(pod.enableServiceLinks === false
      ? []
      : ['gets variables of every service, RINGDOWN_* ones among them perhaps']),
    ...(pod.volumes ?? []).flatMap(({ secret, configMap }) => [
      ...(secret === undefined ? [] : missing(`Secret/${secret.secretName}`)),
      ...(configMap === undefined ? [] : missing(`ConfigMap/${configMap.name}`)),
    ]),
    ...pod.containers.flatMap((container) => {
      const ports = new Set((container.ports ?? []).map((port) => port.name));
      const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
      return [
        ...(container.env ?? []).flatMap(({ valueFrom }) => [
          ...(valueFrom?.secretKeyRef === undefined
            ? []
            : missing(`Secret/${valueFrom.secretKeyRef.name}`, valueFrom.secretKeyRef.key)),
          ...(valueFrom?.configMapKeyRef === undefined
            ? []
            : missing(`ConfigMap/${valueFrom.configMapKeyRef.name}`, valueFrom.configMapKeyRef.key)),
        ]),
        ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
          ...(configMapRef === undefined ? [] : missing(`ConfigMap/${configMapRef.name}`)),
          ...(secretRef === undefined ? [] : missing(`Secret/${secretRef.name}`)),
        ]),
        ...(container.volumeMounts ?? []).flatMap((mount) => [
          ...(volumes.has(mount.name) ? [] : [`mounts ${mount.name}, which is no volume of the pod`]),
          ...(mount.subPath !== undefined && secretVolumes.has(mount.name)
            ? [`mounts a part of ${mount.name}: it would never be renewed`]
            : []),
        ]),
        ...probes.flatMap((probe) => {
          const { port, path = '/' } = probe?.httpGet ?? {};
          if (probe === undefined) return ['lacks a probe'];
          if (isOurs && !probePaths.has(path)) return [`probes ${path}, which nobody answers`];
          return typeof port !== 'string' || ports.has(port) ? [] : [`probes the port ${port}, which no container has`];
        }),
        ...(/:[^/]+$/.test(container.image ?? '') ? [] : [`has an image without a tag: ${container.image}`]),
      ];
    }),
  ];
  return problems.map((problem) => `${name}: ${problem}`);
}

function serviceProblems(service: Manifest, workloads: readonly Workload[]): readonly string[] {
  const {
    selector,
    ports = [],
    type,
    externalTrafficPolicy,
    sessionAffinity = 'None',
  } = service['spec'] as V1ServiceSpec;
  const chosen = workloads.filter(({ labels }) => isChosen(labels, selector));
  const offered = chosen.flatMap(({ pod }) => pod.containers.flatMap((container) => container.ports ?? []));
  const protocolOf = ({ protocol = 'TCP' }: Pick<V1ContainerPort, 'protocol'>) => protocol;
  const problems = [
    ...(chosen.length === 1 ? [] : [`chooses ${chosen.length} workloads`]),
    ...ports
      .filter(
        (port) => !offered.some((other) => other.name === port.targetPort && protocolOf(other) === protocolOf(port)),
      )
      .map((port) => `no container has the port ${String(port.targetPort)} over ${protocolOf(port)}`),
    ...(new Set(ports.map(protocolOf)).size > 1 ? ['has two protocols, which not every balancer can'] : []),
    ...(type === 'LoadBalancer' && externalTrafficPolicy !== 'Local' ? ['loses the source addresses of phones'] : []),
    ...(sessionAffinity === 'None' ? [] : ['pins each trunk to one pod']),
  ];
  return problems.map((problem) => `${nameOf(service)}: ${problem}`);
}
