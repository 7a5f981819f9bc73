-- How good the event was that told of the answer: 0 for the edge that the caller is at, 1 for the one that owns the callee's flow.
alter table accounting.call_records add column answer_rank smallint not null default 0;
