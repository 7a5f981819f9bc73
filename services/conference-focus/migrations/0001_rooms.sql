-- Up Migration

-- Gives the versions of rooms: greater with each change of a room, and never used twice.
create sequence conference.room_versions;

-- Keys are compared byte by byte (collation "C"), so that pages end and begin at the same row under every locale.
create table conference.rooms (
  tenant_id text collate "C" not null,
  name text collate "C" not null,
  -- Read and written as a whole; a field that is missing has its default, so replicas of two versions can serve side by side.
  settings jsonb not null,
  -- A salt and a hash of the digits; null where nobody is asked.
  pin bytea,
  moderator_pin bytea,
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

-- How long members of a tenant's conferences were in, by the month (UTC) in which they left.
create table conference.usage (
  tenant_id text collate "C" not null,
  month date not null,
  member_ms bigint not null,
  primary key (tenant_id, month)
) with (fillfactor = 70);
