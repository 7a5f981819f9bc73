import type { V1Container } from '@kubernetes/client-node';
import type { Manifest } from './manifest.js';
import type { Workload } from './workload.js';

/** What a cluster gives to one pod: fields of the pod such as `status.podIP`, and values of secrets. Undefined for what it hasn't. */
export interface PodValues {
  field(path: string): string | undefined;
  secret(name: string, key: string): string | undefined;
}

const secrets: Readonly<Record<string, string>> = {
  'nats/url': 'nats://ringdown:password@nats:4222',
  'nats/password': 'password',
  'postgres-app/uri': 'postgres://ringdown:password@postgres-rw:5432/ringdown',
  'admin-token/token': 'token-of-operators',
  'trace-key/key': 'key-of-traces',
};

/** Values as a cluster would give them. */
export function sampleValues({ name }: Workload): PodValues {
  const fields: Readonly<Record<string, string>> = {
    'status.podIP': '10.1.2.3',
    'metadata.name': `${name.split('/')[1]}-0`,
  };
  return { field: (path) => fields[path], secret: (secret, key) => secrets[`${secret}/${key}`] };
}

/**
 * The environment that a container would have, with `$(NAME)` replaced by what stands before it, as the kubelet does; in `problems` what it would take
 * from somewhere unknown.
 */
export function environmentOf(container: V1Container, manifests: readonly Manifest[], values: PodValues) {
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
    const given = secret === undefined ? value : values.secret(secret.name ?? '', secret.key);
    const found = field === undefined ? given : values.field(field);
    if (found === undefined) problems.push(`${name} has no value that the check knows`);
    before[name] = String(found ?? '').replaceAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (text, other: string) => {
      if (before[other] === undefined) problems.push(`${name} names ${text}, which is not set before it`);
      return before[other] ?? text;
    });
  }
  return { environment: { ...environment, ...before }, problems };
}
