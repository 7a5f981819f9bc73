import type { V1Container } from '@kubernetes/client-node';
import { readSettings } from '@ringdown/platform';
import type { Manifest } from './manifest.js';
import { type Workload, workloadsOf } from './workload.js';

/** Values as a cluster would give them, for what a manifest takes from elsewhere. */
const fields: Readonly<Record<string, (workload: Workload) => string>> = {
  'status.podIP': () => '10.1.2.3',
  'metadata.name': ({ name }) => `${name.split('/')[1]}-0`,
};
const secrets: Readonly<Record<string, string>> = {
  'nats/url': 'nats://ringdown:password@nats:4222',
  'nats/password': 'password',
  'postgres-app/uri': 'postgres://ringdown:password@postgres-rw:5432/ringdown',
  'admin-token/token': 'token-of-operators',
  'trace-key/key': 'key-of-traces',
};

/**
 * The environment that a container would have, with `$(NAME)` replaced by what stands before it, as the kubelet does; in `problems` what it would take
 * from somewhere unknown.
 */
export function environmentOf(workload: Workload, container: V1Container, manifests: readonly Manifest[]) {
  const problems: string[] = [];
  const environment: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name);
    Object.assign(environment, map?.['data']);
  }
  const before: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath;
    const secret = valueFrom?.secretKeyRef;
    const found =
      field === undefined
        ? secret === undefined
          ? value
          : secrets[`${secret.name}/${secret.key}`]
        : fields[field]?.(workload);
    if (found === undefined) problems.push(`${name} has no value that the check knows`);
    before[name] = String(found ?? '').replaceAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (text, other: string) => {
      if (before[other] === undefined) problems.push(`${name} names ${text}, which is not set before it`);
      return before[other] ?? text;
    });
    Object.assign(environment, before);
  }
  return { environment, problems };
}

/** Settings of the platform's pods that the platform would refuse, or doesn't have. */
export function environmentProblems(manifests: readonly Manifest[]): readonly string[] {
  return workloadsOf(manifests).flatMap((workload) =>
    workload.pod.containers.flatMap((container) => {
      const { environment, problems } = environmentOf(workload, container, manifests);
      const ofPlatform = workload.labels['app.kubernetes.io/part-of'] === 'ringdown';
      const result = ofPlatform ? readSettings(environment) : undefined;
      const refused = result?.kind === 'problems' ? result.problems : [];
      return [...problems, ...refused.map(({ message }) => message)].map((problem) => `${workload.name}: ${problem}`);
    }),
  );
}
