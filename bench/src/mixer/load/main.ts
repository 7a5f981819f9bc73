import { answer } from '../asked-process.js';
import { Load } from './load.js';
import type { LoadQuestions } from './load-questions.js';

/** The load, as a process of its own. */
const load = await Load.open();
answer<LoadQuestions>(
  {
    address: () => load.address,
    begin: async (plan) => {
      await load.begin(plan);
      return undefined;
    },
    counts: () => load.counts,
    end: () => load.end(),
  },
  () => load.close(),
);
