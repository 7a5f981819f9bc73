import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { ServiceError, type ServiceErrorCode } from './service-error.js';

/** The one place where domain errors and gRPC status codes meet (grpc.io "Status codes and their use in gRPC"). */
const statusOfCode: Record<ServiceErrorCode, status> = {
  'not-found': status.NOT_FOUND,
  invalid: status.INVALID_ARGUMENT,
  conflict: status.ABORTED,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  unavailable: status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  'resource-exhausted': status.RESOURCE_EXHAUSTED,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

const codeOfStatus = new Map<status, ServiceErrorCode>([
  ...Object.entries(statusOfCode).map(([code, value]): [status, ServiceErrorCode] => [value, code as ServiceErrorCode]),
  [status.ALREADY_EXISTS, 'conflict'],
  [status.FAILED_PRECONDITION, 'conflict'],
  [status.OUT_OF_RANGE, 'invalid'],
]);

const detailsKey = 'ringdown-details-bin';

/** What the server sends for an error. Whatever is not a ServiceError is a bug: its text stays in the server. */
export function statusFromError(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const metadata = new Metadata();
  if (!(error instanceof ServiceError)) return { code: status.INTERNAL, details: 'Internal error', metadata };
  if (Object.keys(error.details).length > 0) metadata.set(detailsKey, Buffer.from(JSON.stringify(error.details)));
  return { code: statusOfCode[error.code], details: error.message, metadata };
}

/** The domain error for what a gRPC call failed with. `method` is the full name, for the message of an outage. */
export function errorFromStatus(method: string, failure: unknown): ServiceError {
  if (failure instanceof ServiceError) return failure;
  if (!isStatus(failure)) return new ServiceError('internal', `${method} failed`, {}, failure);
  const code = codeOfStatus.get(failure.code) ?? 'internal';
  const message = code === 'unavailable' || code === 'deadline' ? `${method}: ${failure.details}` : failure.details;
  return new ServiceError(code, message, readDetails(failure.metadata), failure);
}

function isStatus(failure: unknown): failure is StatusObject {
  return failure instanceof Error && 'code' in failure && 'details' in failure && 'metadata' in failure;
}

function readDetails(metadata: Metadata | undefined): Readonly<Record<string, string>> {
  const value = metadata?.get(detailsKey)[0];
  if (!Buffer.isBuffer(value)) return {};
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : {};
  } catch {
    return {};
  }
}
