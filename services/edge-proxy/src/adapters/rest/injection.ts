/** The `Rehearsal` that says why a request would go where it goes. */
export const REHEARSAL = Symbol('Rehearsal');
/** What the controller of calls' messages asks: `CallTracing`. */
export const CALL_TRACING = Symbol('CallTracing');
