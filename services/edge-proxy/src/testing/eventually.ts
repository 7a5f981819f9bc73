/** Resolves when the condition holds; rejects with `what` after a while. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
