// The container's health check: exits with 0 where the process is ready, with 1 and the reason where it isn't.
const port = process.env.RINGDOWN_HTTP_PORT || '8080';
try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_500) });
  if (!response.ok) throw new Error(await response.text());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
