import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { beAlone } from './be-alone.js';

it('waits for another benchmark to end, and says so', async () => {
  const name = `\0ringdown-bench-spec-${process.pid}`;
  const other = createServer().listen(name);
  await once(other, 'listening');
  const said: string[] = [];
  const alone = beAlone((line) => {
    said.push(line);
    other.close();
  }, name);
  await alone;
  expect(said).toEqual(['another benchmark is running on this machine; waiting for it to end']);
});
