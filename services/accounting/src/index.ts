export { AccountingModule } from './accounting.module.js';
export {
  AccountingRuntime,
  type AccountingRuntimeOptions,
  migrationsDir,
  type RecordLimits,
} from './accounting-runtime.js';
export { createAccounting, type RunningAccounting } from './create-accounting.js';
export type { CallParty, CallPlace, CallRecord, RecordKey, Release } from './domain/call-record.js';
