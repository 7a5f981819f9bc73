/** What can go wrong between services, in the words every caller acts on. */
export const serviceErrorCodes = [
  'not-found',
  'invalid',
  'conflict',
  'unauthenticated',
  'forbidden',
  'unavailable',
  'deadline',
  'cancelled',
  'resource-exhausted',
  'unimplemented',
  'internal',
] as const;
export type ServiceErrorCode = (typeof serviceErrorCodes)[number];

/**
 * An error that crosses a service's interface: the same object whether the call stayed in the process or went over gRPC.
 * `message` is for a person and holds no secret; `details` are short facts for a program (a field's name, a limit).
 */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: ServiceErrorCode,
    message: string,
    details: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ServiceError';
    this.code = code;
    this.details = details;
  }
}

/** Whether trying again, perhaps elsewhere, may help without changing the request. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    (error.code === 'unavailable' || error.code === 'deadline' || error.code === 'resource-exhausted')
  );
}
