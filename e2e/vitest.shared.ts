// End-to-end tests drive built processes; their own files are all that is transformed here. One file at a time: each starts processes of
// its own, and two cores are few.
export const endToEnd = {
  setupFiles: ['e2e/src/peers/end-children.ts'],
  fileParallelism: false,
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // A virtual machine's host can take its processors for seconds. What passes only then is named in the summary.
  retry: process.env['CI'] === 'true' ? 1 : 0,
};

/** What takes minutes, or half of one: a lost database, the pods of Kubernetes, faults and leases, a platform of several hosts, crowds of connections, conferences at length, images and containers, and the benchmark's smoke run. */
export const longSpecs = [
  'e2e/src/backup.spec.ts',
  'e2e/src/bench.spec.ts',
  'e2e/src/many-edges-*.spec.ts',
  'e2e/src/conference-{attacks,homes,phones,roster,soak,video}.spec.ts',
  'e2e/src/connections.spec.ts',
  'e2e/src/containers{,-restarts}.spec.ts',
  'e2e/src/faults.spec.ts',
  'e2e/src/kubernetes/pods.spec.ts',
  'e2e/src/leases.spec.ts',
  'e2e/src/observability.spec.ts',
  'e2e/src/records.spec.ts',
  'e2e/src/rolling-services.spec.ts',
  'e2e/src/transports-behind-balancers.spec.ts',
];
