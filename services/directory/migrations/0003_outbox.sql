-- Up Migration

-- The position of the last commit. Every writer locks this one row first and keeps it until it commits, so positions are given in
-- the order of commits, and a rollback takes its position back: there are no gaps, and nothing appears below what was seen.
-- A sequence could promise neither. The price, one writer at a time, is right for what operators write by hand.
create table directory.commits (
  singleton boolean primary key default true check (singleton),
  position bigint not null
);
insert into directory.commits (position)
  select greatest(
    coalesce((select max(greatest(version, routes_version)) from directory.tenants), 0),
    coalesce((select max(version) from directory.domains), 0),
    coalesce((select max(version) from directory.subscribers), 0),
    coalesce((select max(version) from directory.numbers), 0),
    coalesce((select max(version) from directory.routes), 0)
  );

create table directory.outbox (
  tenant_id text collate "C" not null,
  position bigint not null,
  subject jsonb not null,
  written_at timestamptz not null default now(),
  primary key (tenant_id, position)
);
create index outbox_by_position on directory.outbox (position);

-- How far the outbox was published, by whichever replica holds this row's lock, and how far it was pruned.
create table directory.outbox_progress (
  singleton boolean primary key default true check (singleton),
  published bigint not null,
  pruned bigint not null,
  beat_at timestamptz not null default '-infinity'
);
insert into directory.outbox_progress (published, pruned) select position, position from directory.commits;

-- Down Migration

drop table directory.outbox_progress, directory.outbox, directory.commits;
