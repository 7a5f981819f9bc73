export { formatCursor, parseCursor } from './cursor.js';
export { conflict, done, type Failure, invalid, notFound, type Outcome } from './failure.js';
export type { Page, PageRequest } from './page.js';
export { type FieldError, type Parsed, parsed, rejected } from './parsed.js';
export { holds, type Put } from './put.js';
export { parseTenantId, type TenantId } from './tenant-id.js';
