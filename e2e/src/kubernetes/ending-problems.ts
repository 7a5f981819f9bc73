import type { V1PodDisruptionBudgetSpec, V2HorizontalPodAutoscalerSpec } from '@kubernetes/client-node';
import { readSettings } from '@ringdown/platform';
import { environmentOf, sampleValues } from './container-environment.js';
import { type Manifest, nameOf } from './manifest.js';
import { isChosen, type Workload, workloadsOf } from './workload.js';

/** What a process needs beside its notice and grace times (RINGDOWN_DRAIN_GRACE_SEC says it), and what one without such times needs. */
const restSec = 10;
const usualSec = 15;

/** Pods that would be killed before they have ended, and what would keep a node from being drained or a workload from being scaled. */
export function endingProblems(manifests: readonly Manifest[]): readonly string[] {
  const workloads = workloadsOf(manifests);
  return [
    ...workloads.flatMap((workload) => graceProblems(workload, manifests)),
    ...workloads.flatMap((workload) => budgetProblems(workload, manifests)),
    ...manifests
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .flatMap((scaler) => scalerProblems(scaler, manifests)),
  ];
}

function graceProblems(workload: Workload, manifests: readonly Manifest[]): readonly string[] {
  const [container] = workload.pod.containers;
  if (container === undefined) return [];
  const result = readSettings(environmentOf(container, manifests, sampleValues(workload)).environment);
  const { noticeSec, graceSec } = result.kind === 'settings' ? result.settings.drain : {};
  const ownSec = noticeSec === undefined || graceSec === undefined ? usualSec : noticeSec + graceSec + restSec;
  const neededSec = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) + ownSec;
  const givenSec = workload.pod.terminationGracePeriodSeconds ?? 30;
  return givenSec >= neededSec
    ? []
    : [`${workload.name} is killed after ${givenSec} s, but needs up to ${neededSec} s to end`];
}

function budgetProblems({ name, labels }: Workload, manifests: readonly Manifest[]): readonly string[] {
  const budgets = manifests.filter(({ kind, spec }) => {
    const chosen = (spec as V1PodDisruptionBudgetSpec | undefined)?.selector?.matchLabels;
    return kind === 'PodDisruptionBudget' && isChosen(labels, chosen);
  });
  const [budget] = budgets;
  if (budget === undefined || budgets.length > 1)
    return [`${name} has ${budgets.length} disruption budgets; evictions need exactly one`];
  const { maxUnavailable } = budget['spec'] as V1PodDisruptionBudgetSpec;
  return maxUnavailable === 1
    ? []
    : [`${nameOf(budget)} must let exactly one pod at a time go, or nodes can't be drained`];
}

function scalerProblems(scaler: Manifest, manifests: readonly Manifest[]): readonly string[] {
  const { scaleTargetRef, minReplicas = 1 } = scaler['spec'] as V2HorizontalPodAutoscalerSpec;
  const target = manifests.find(
    ({ kind, metadata }) => kind === scaleTargetRef.kind && metadata.name === scaleTargetRef.name,
  );
  const problems = [
    ...(target === undefined ? [`scales ${scaleTargetRef.kind}/${scaleTargetRef.name}, which is nowhere`] : []),
    ...((target?.['spec'] as { replicas?: number } | undefined)?.replicas === undefined
      ? []
      : ['has a target with replicas of its own: each apply would reset them']),
    ...(minReplicas >= 2 ? [] : ['goes down to one pod, whose loss is an outage']),
  ];
  return problems.map((problem) => `${nameOf(scaler)} ${problem}`);
}
