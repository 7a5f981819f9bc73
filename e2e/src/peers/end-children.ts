import { afterAll } from 'vitest';
import { endChildren } from './child-process.js';

// A test that fails half-way doesn't reach the lines that end what it started.
afterAll(endChildren);
