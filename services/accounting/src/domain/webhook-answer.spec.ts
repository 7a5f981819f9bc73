import { expect, it } from 'vitest';
import { judgeStatus } from './webhook-answer.js';

it.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [302, 'failed'],
  [400, 'refused'],
  [401, 'failed'],
  [404, 'failed'],
  [410, 'failed'],
  [413, 'refused'],
  [422, 'refused'],
  [429, 'failed'],
  [500, 'failed'],
  [503, 'failed'],
  [0, 'failed'],
])('%i is %s', (statusCode, answer) => {
  expect(judgeStatus(statusCode)).toBe(answer);
});
