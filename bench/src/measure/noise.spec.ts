import { expect, it } from 'vitest';
import { type Noise, noiseIn } from './noise.js';

const calm: Noise = { stolenShare: 0.001, foreignShare: 0.01, calibrationMicros: 10_100 };

it.each<[what: string, noise: Partial<Noise>, said: string | undefined]>([
  ['a calm machine', {}, undefined],
  ['a hypervisor that gives time to others', { stolenShare: 0.05 }, "the hypervisor took 5 % of the system's core"],
  ['another process on the core', { foreignShare: 0.3 }, "other processes used 30 % of the system's core"],
  ['a core that is slower', { calibrationMicros: 12_500 }, "the system's core was 25 % slower than at its best"],
])('says of %s what disturbed', (_, noise, said) => {
  expect(noiseIn({ ...calm, ...noise }, 10_000)).toBe(said);
});
