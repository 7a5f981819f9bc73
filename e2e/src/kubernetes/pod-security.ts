import type { V1Container } from '@kubernetes/client-node';
import type { Workload } from './workload.js';

/** Volumes that the standard `restricted` allows. */
const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/**
 * What of a workload the pod security standard `restricted` would refuse, and where it is less strict than we are: a writable root, an account's token.
 * A node's network is reported as well.
 */
export function podSecurityProblems({ name, pod }: Workload): readonly string[] {
  const { securityContext = {} } = pod;
  const problems = [
    ...(pod.hostNetwork === true ? ['uses the network of its node'] : []),
    ...(pod.hostPID === true || pod.hostIPC === true ? ['uses a namespace of its node'] : []),
    ...(securityContext.runAsNonRoot === true ? [] : ['may run as root']),
    ...((securityContext.runAsUser ?? 0) > 0 ? [] : ['names no user by number']),
    ...(['RuntimeDefault', 'Localhost'].includes(securityContext.seccompProfile?.type ?? '')
      ? []
      : ['has no seccomp profile']),
    ...(pod.automountServiceAccountToken === false ? [] : ['gets a token for the Kubernetes API']),
    ...(pod.volumes ?? []).flatMap((volume) =>
      Object.keys(volume).every((kind) => kind === 'name' || allowedVolumes.has(kind))
        ? []
        : [`mounts a volume that is not allowed: ${volume.name}`],
    ),
    ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap(containerProblems),
  ];
  return problems.map((problem) => `${name} ${problem}`);
}

function containerProblems({ name, securityContext = {}, ports = [] }: V1Container): readonly string[] {
  const { capabilities } = securityContext;
  return [
    ...(securityContext.allowPrivilegeEscalation === false ? [] : ['may get more privileges']),
    ...(securityContext.privileged === true ? ['is privileged'] : []),
    ...(securityContext.readOnlyRootFilesystem === true ? [] : ['may write to its root']),
    ...(capabilities?.drop?.includes('ALL') === true ? [] : ['keeps capabilities']),
    ...((capabilities?.add ?? []).every((added) => added === 'NET_BIND_SERVICE') ? [] : ['adds capabilities']),
    ...(securityContext.runAsNonRoot === false || securityContext.runAsUser === 0 ? ['runs as root'] : []),
    ...(ports.some(({ hostPort }) => hostPort !== undefined) ? ['takes ports of its node'] : []),
  ].map((problem) => `container ${name} ${problem}`);
}
