import type { V1NetworkPolicyPeer, V1NetworkPolicyPort, V1NetworkPolicySpec } from '@kubernetes/client-node';
import type { Manifest } from './manifest.js';
import { isChosen, workloadsOf } from './workload.js';

type Labels = Readonly<Record<string, string>>;

/**
 * Whether the policies let a workload of this name open a connection to another one in its namespace, at this TCP port: out of the one, and into the
 * other. An address in a policy stands for what is outside of the cluster.
 */
export function isLet(manifests: readonly Manifest[], from: string, to: string, port: number): boolean {
  const policies = manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((manifest) => manifest['spec'] as V1NetworkPolicySpec);
  const labelsOf = (name: string): Labels =>
    workloadsOf(manifests).find(({ labels }) => labels['app.kubernetes.io/name'] === name)?.labels ?? {
      'cnpg.io/cluster': name,
    };
  const [source, target] = [labelsOf(from), labelsOf(to)];
  const out = policies.filter((policy) => policy.policyTypes?.includes('Egress') === true && selects(policy, source));
  const into = policies.filter((policy) => policy.policyTypes?.includes('Ingress') === true && selects(policy, target));
  return (
    out.some(({ egress = [] }) => egress.some((rule) => isAt(rule.to, target) && isOn(rule.ports, port))) &&
    into.some(({ ingress = [] }) =>
      ingress.some(
        (rule) => isAt(rule._from ?? (rule as { from?: V1NetworkPolicyPeer[] }).from, source) && isOn(rule.ports, port),
      ),
    )
  );
}

/** Whether every pod is closed in both directions but for what a policy lets through. */
export function isClosedByDefault(manifests: readonly Manifest[]): boolean {
  return manifests.some(({ kind, spec }) => {
    if (kind !== 'NetworkPolicy') return false;
    const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec as V1NetworkPolicySpec;
    return Object.keys(podSelector).length === 0 && policyTypes.length === 2 && ingress.length + egress.length === 0;
  });
}

function selects({ podSelector = {} }: V1NetworkPolicySpec, labels: Labels): boolean {
  return (
    isChosen(labels, podSelector.matchLabels) &&
    (podSelector.matchExpressions ?? []).every(
      ({ key, operator, values }) => operator === 'In' && values?.includes(labels[key] ?? '') === true,
    )
  );
}

function isAt(peers: readonly V1NetworkPolicyPeer[] | undefined, labels: Labels): boolean {
  return (
    peers === undefined ||
    peers.some(
      ({ podSelector, namespaceSelector }) =>
        Object.keys(namespaceSelector ?? {}).length === 0 &&
        podSelector !== undefined &&
        isChosen(labels, podSelector.matchLabels),
    )
  );
}

function isOn(ports: readonly V1NetworkPolicyPort[] | undefined, port: number): boolean {
  return (
    ports === undefined ||
    ports.some(
      (one) =>
        (one.protocol ?? 'TCP') === 'TCP' && Number(one.port) <= port && port <= (one.endPort ?? Number(one.port)),
    )
  );
}
