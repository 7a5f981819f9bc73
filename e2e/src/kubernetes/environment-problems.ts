import { readSettings } from '@ringdown/platform';
import { environmentOf, sampleValues } from './container-environment.js';
import type { Manifest } from './manifest.js';
import { workloadsOf } from './workload.js';

/** Settings of the platform's pods that the platform would refuse, or doesn't have. */
export function environmentProblems(manifests: readonly Manifest[]): readonly string[] {
  return workloadsOf(manifests).flatMap((workload) =>
    workload.pod.containers.flatMap((container) => {
      const { environment, problems } = environmentOf(container, manifests, sampleValues(workload));
      const ofPlatform = workload.labels['app.kubernetes.io/part-of'] === 'ringdown';
      const result = ofPlatform ? readSettings(environment) : undefined;
      const refused = result?.kind === 'problems' ? result.problems : [];
      return [...problems, ...refused.map(({ message }) => message)].map((problem) => `${workload.name}: ${problem}`);
    }),
  );
}
