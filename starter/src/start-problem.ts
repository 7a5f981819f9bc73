/** Why the platform can't start, in words for the person who started it: what is wrong, where, and what to do. Printed without a stack. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}
