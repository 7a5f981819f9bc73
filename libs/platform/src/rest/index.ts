export { answerPut, found, pageRequest, pageView, putResponses, valueOf } from './answers.js';
export { openApiDocument } from './openapi-document.js';
export {
  fieldErrors,
  Handles,
  Input,
  type InputOf,
  type Operation,
  type OperationResponse,
  routerPath,
} from './operation.js';
export {
  failureProblem,
  fieldProblem,
  type Problem,
  type ProblemError,
  ProblemException,
  problem,
} from './problem.js';
export { restMetrics } from './rest-metrics.js';
export { allOperations, type RestApi, type RestPartOptions, restPart } from './rest-part.js';
export { count, label, readText, type TextNote } from './schema-text.js';
export { emptyRequest, nothing, pageOf, pageQuery, problemView, written } from './schemas.js';
