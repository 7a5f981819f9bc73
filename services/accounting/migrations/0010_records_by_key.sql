-- Up Migration

-- A record is asked for by its key alone, in whichever day's partition it is.
create index call_records_by_call_key on accounting.call_records (call_key);
