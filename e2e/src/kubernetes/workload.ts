import type { V1PodSpec } from '@kubernetes/client-node';
import { type Manifest, nameOf } from './manifest.js';

/** A manifest that makes pods, with the pod that it makes. */
export interface Workload {
  /** `StatefulSet/edge-proxy`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: V1PodSpec;
  /** Names of volumes that each pod gets by a claim of its own. */
  readonly claims: readonly string[];
}

interface WorkloadSpec {
  readonly template?: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec?: V1PodSpec;
  };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

export function workloadsOf(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.flatMap((manifest) => {
    const { template, volumeClaimTemplates = [] } = (manifest['spec'] ?? {}) as WorkloadSpec;
    if (!['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(manifest.kind) || template?.spec === undefined)
      return [];
    return {
      name: nameOf(manifest),
      labels: template.metadata?.labels ?? {},
      pod: template.spec,
      claims: volumeClaimTemplates.map(({ metadata }) => metadata.name),
    };
  });
}

/** Whether a selector of labels, with no expressions, chooses what has these labels. An empty one chooses everything. */
export function isChosen(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}
