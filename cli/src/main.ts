import { text } from 'node:stream/consumers';
import { run } from './run.js';

// Whoever reads may have seen enough (`ringdown tenants list | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// Not exit(): what was written to a pipe must still get there.
process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  folder: process.cwd(),
  out: (written) => void process.stdout.write(written),
  err: (written) => void process.stderr.write(written),
  input: () => text(process.stdin),
});
