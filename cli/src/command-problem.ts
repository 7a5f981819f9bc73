/** Something that whoever typed the command can mend; the process ends with 1. Anything else that is thrown is a bug. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
  /** Further lines: each field to blame, or what to do. */
  readonly hints: readonly string[];

  /** `message` says what is wrong and where. */
  constructor(message: string, hints: readonly string[] = []) {
    super(message);
    this.hints = hints;
  }
}
