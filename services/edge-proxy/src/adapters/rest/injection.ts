/** The `Rehearsal` that says why a request would go where it goes. */
export const REHEARSAL = Symbol('Rehearsal');
