import { defineConfig } from 'vitest/config';
import { endToEnd, longSpecs } from './vitest.shared.js';

export default defineConfig({ test: { ...endToEnd, include: longSpecs } });
