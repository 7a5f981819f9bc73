-- Every transaction that changes bindings takes its positions here as its last step, and the row's lock until it has
-- committed: positions are in commit order and have no gap, also after a rollback. One row for the database; it belongs to no
-- tenant, so it has no primary key.
create table location.change_stream (
  position bigint not null
) with (fillfactor = 10);
create unique index change_stream_has_one_row on location.change_stream ((true));
insert into location.change_stream (position) values (0);

-- Up to where changes were handed to the bus. A table of its own, since change_stream's row is locked by every commit.
create table location.publication (
  position bigint not null
) with (fillfactor = 10);
create unique index publication_has_one_row on location.publication ((true));
insert into location.publication (position) values (0);

-- The outbox: all bindings of an address of record after a change.
create table location.changes (
  tenant_id text not null,
  position bigint not null,
  address_of_record text not null,
  version bigint not null,
  reason text not null check (reason in ('registered', 'expired', 'flow-gone')),
  bindings json not null,
  primary key (tenant_id, position)
);
create unique index changes_by_position on location.changes (position);
