/** Waits until the check throws no more; rejects with what it threw last when a busy machine would long have managed. */
export async function eventually(check: () => void): Promise<void> {
  const deadline = performance.now() + 4_500;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
