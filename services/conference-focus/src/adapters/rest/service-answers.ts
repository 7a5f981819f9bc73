import { ServiceError } from '@ringdown/platform';
import { fieldProblem, ProblemException, problem } from '@ringdown/platform/rest';

/** What the conference service answers; what it refuses is thrown as a problem for the filter to write. */
export async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ServiceError) throw problemOf(error);
    throw error;
  }
}

function problemOf(error: ServiceError): Error {
  switch (error.code) {
    case 'not-found':
      return new ProblemException(problem(404, error.message));
    case 'forbidden':
      return new ProblemException(problem(403, error.message));
    case 'conflict':
      return new ProblemException(problem(409, error.message));
    case 'invalid':
      return new ProblemException(fieldProblem(422, [{ field: error.details['field'] ?? '', detail: error.message }]));
    default:
      // The filter knows what to say of outages and of bugs.
      return error;
  }
}
