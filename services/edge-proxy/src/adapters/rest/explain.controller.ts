import { Controller, HttpCode, Inject } from '@nestjs/common';
import {
  Handles,
  Input,
  type InputOf,
  nothing,
  type Operation,
  ProblemException,
  problem,
} from '@ringdown/platform/rest';
import type { Rehearsal, Rehearsed } from '../rehearsal/rehearsal.js';
import { explainQuestion, explanationView } from './explain-schemas.js';
import { REHEARSAL } from './injection.js';

const explain = {
  id: 'explain',
  tag: 'Routing',
  method: 'POST',
  path: '/v1/explain',
  summary: 'Say why a call would go where it goes',
  description:
    'An edge routes the request as it would one of a phone, and tells each decision with the rule behind it. Nothing is sent, and nothing counts against a limit.',
  params: nothing,
  query: nothing,
  body: explainQuestion,
  responses: { 200: { description: 'What would become of it, and why.', schema: explanationView } },
} as const satisfies Operation;

@Controller()
export class ExplainController {
  static readonly operations: readonly Operation[] = [explain];
  readonly #rehearsal: Pick<Rehearsal, 'run'>;

  constructor(@Inject(REHEARSAL) rehearsal: Pick<Rehearsal, 'run'>) {
    this.#rehearsal = rehearsal;
  }

  @Handles(explain)
  @HttpCode(200)
  async explain(@Input(explain) { body }: InputOf<typeof explain>): Promise<Rehearsed> {
    const { source, username, ...asked } = body;
    const rehearsed = await this.#rehearsal.run({ ...asked, source, username });
    if (!('problem' in rehearsed)) return rehearsed;
    throw new ProblemException(problem(rehearsed.kind === 'late' ? 503 : 422, rehearsed.problem));
  }
}
