-- The edges that own flows, and how long each may still be silent. An edge serves all tenants, so the key begins with none.
create table location.flow_owners (
  edge_id text not null,
  -- Which start of the edge: flows don't outlive it.
  incarnation text not null,
  state text not null check (state in ('live', 'suspended', 'ended')),
  state_since timestamptz not null,
  lease_until timestamptz not null,
  -- Whether UDP pinholes are the edge's own, or belong to an address that all edges send from.
  owns_pinholes boolean not null,
  primary key (edge_id, incarnation)
) with (fillfactor = 50);

-- When some location last judged the leases: time in which none did is time in which no edge could renew. One row for the
-- database, whose lock makes judging one replica's at a time.
create table location.lease_clock (
  judged_at timestamptz not null,
  -- Too many owners fell silent together, so nothing is suspended or ended for its silence.
  braked boolean not null
) with (fillfactor = 10);
create unique index lease_clock_has_one_row on location.lease_clock ((true));
insert into location.lease_clock (judged_at, braked) values (clock_timestamp(), false);

-- Since when requests don't go to the binding, because the edge that owns its flow is silent; null if they do.
alter table location.bindings add column suspended_at timestamptz;

-- For suspending, restoring and removing what is bound to the flows of one owner, by pieces.
create index bindings_in_force_of_owner on location.bindings (edge_id, incarnation, (received_transport = 'UDP'))
  where not removed and suspended_at is null;
create index bindings_suspended_of_owner on location.bindings (edge_id, incarnation)
  where not removed and suspended_at is not null;

alter table location.changes drop constraint changes_reason_check;
alter table location.changes add constraint changes_reason_check check (
  reason in ('registered', 'expired', 'flow-gone', 'owner-gone', 'suspended', 'restored', 'lease-ended')
);
