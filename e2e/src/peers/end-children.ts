import { endChildren } from '@ringdown/testbed';
import { afterAll } from 'vitest';

// A test that fails half-way doesn't reach the lines that end what it started.
afterAll(endChildren);
