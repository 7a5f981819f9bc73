/** The `RecordReader` that the controllers use. */
export const RECORD_READER = Symbol('RecordReader');

/** What the webhooks' use cases need. */
export const WEBHOOKS = Symbol('Webhooks');
