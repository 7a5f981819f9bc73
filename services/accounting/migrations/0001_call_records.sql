-- One row for each call, in a partition for each UTC day of its start, which every event of the call tells. Partitions are made and dropped
-- by the service.
create table accounting.call_records (
  -- The originating tenant; the terminating one of a call from outside; `_platform` where it is nobody's.
  tenant_id text not null,
  started_on date not null,
  call_key text not null,
  sip_call_id text not null,
  originator_tag text not null,
  trace_id text not null,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  -- From answer to end; 0 where it was never answered.
  duration_ms bigint,
  state text not null check (state in ('in-progress', 'ended')),
  originating_tenant_id text,
  originating_identity text not null,
  originating_place_kind text check (originating_place_kind in ('binding', 'trunk', 'outside', 'service')),
  originating_place text,
  terminating_tenant_id text,
  terminating_identity text not null,
  terminating_place_kind text check (terminating_place_kind in ('binding', 'trunk', 'outside', 'service')),
  terminating_place text,
  release_cause text
    check (release_cause in ('hung-up', 'cancelled', 'rejected', 'no-answer', 'expired', 'limit', 'lost')),
  release_side text check (release_side in ('originator', 'terminator', 'platform')),
  status_code integer,
  reason text,
  codec text,
  media_node text,
  -- Of the start.
  edge_id text not null,
  closed_by text check (closed_by in ('event', 'session-expiry', 'limit', 'rebuilt')),
  -- Answer or end are inferred, not seen.
  is_marked boolean not null,
  updated_at timestamptz not null,
  -- Counts the changes of the record, from 1.
  version bigint not null,
  -- What the next event is merged by: how good the event was that the call's facts are from, and when it happened.
  facts_rank smallint not null,
  facts_at timestamptz not null,
  -- The last sign of life, and the session interval that was agreed then; 0 for none.
  refreshed_at timestamptz,
  session_expires_sec integer not null,
  -- When a call in progress is taken to be over.
  deadline_at timestamptz,
  -- Whether no event has told when the call was answered, though it was.
  is_answer_inferred boolean not null,
  primary key (tenant_id, started_on, call_key)
) partition by range (started_on);

create index call_records_of_tenant on accounting.call_records (tenant_id, started_at, call_key);
create index call_records_of_terminator on accounting.call_records (terminating_tenant_id, started_at, call_key)
  where terminating_tenant_id is not null;
create index call_records_by_call_id on accounting.call_records (sip_call_id);
create index call_records_in_progress on accounting.call_records (deadline_at) where state = 'in-progress';

-- Ended records to be told of, put in by the transaction that ended them or changed one that had ended: who is told by position and version
-- hears of a record again when what is known of it has changed.
create table accounting.completed_records (
  position bigint generated always as identity primary key,
  tenant_id text not null,
  started_on date not null,
  call_key text not null,
  terminating_tenant_id text,
  version bigint not null,
  completed_at timestamptz not null
);
