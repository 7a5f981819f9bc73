/**
 * What travels beside a request. The caller fills in what it wants to bound or to propagate; an implementation gets what
 * arrived. In one process the same object is handed through, so both sides see one shape.
 */
export interface CallContext {
  /** Aborts the call. On the server it aborts when the client cancels or its deadline passes. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds the caller is willing to wait; on the server, what is left of them on arrival. */
  readonly timeoutMs?: number | undefined;
  /** W3C Trace Context `traceparent` of the span that makes the call. */
  readonly traceparent?: string | undefined;
}

interface Method<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

type UnaryMethod<Request, Response> = Method<Request, Response> & { readonly requestStream: false };

type Call<M> =
  M extends UnaryMethod<infer Request, infer Response>
    ? M extends { readonly responseStream: false }
      ? (request: Request, context?: CallContext) => Promise<Response>
      : (request: Request, context?: CallContext) => AsyncIterable<Response>
    : never;

/**
 * The plain interface of a gRPC service, from its generated definition: a unary method returns a promise, a
 * server-streaming method an async iterable. Methods whose requests are a stream are left out: those use the raw calls.
 */
export type PromiseService<Definition> = {
  [Name in keyof Definition as Definition[Name] extends { readonly requestStream: false } ? Name : never]: Call<
    Definition[Name]
  >;
};
