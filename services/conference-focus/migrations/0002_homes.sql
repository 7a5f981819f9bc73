-- The pods of the focus, by their own word each second. They serve all tenants, so the key begins with none.
create table conference.pods (
  pod_id text primary key,
  -- Which life of the pod: what an earlier one had is gone.
  incarnation text not null,
  -- Where it serves gRPC and SipLink, as host:port.
  address text not null,
  -- The addresses that it has media at.
  media_hosts text[] not null,
  begun_at timestamptz not null,
  beat_at timestamptz not null,
  draining boolean not null,
  members integer not null,
  -- Of its busiest thread, 0 to 1.
  busy_share real not null
) with (fillfactor = 50);

-- When a pod was last heard, and the last time in which none was: nobody could be then, so it says nothing of any of them. One row.
create table conference.beat_clock (
  beat_at timestamptz not null,
  silent_from timestamptz,
  silent_until timestamptz
) with (fillfactor = 10);
create unique index beat_clock_has_one_row on conference.beat_clock ((true));
insert into conference.beat_clock (beat_at) values (clock_timestamp());

-- Which pod has which conference.
create table conference.homes (
  tenant_id text not null,
  room text not null,
  pod_id text not null,
  incarnation text not null,
  claimed_at timestamptz not null,
  -- Until then the pod may open it; null once it has.
  offered_until timestamptz,
  primary key (tenant_id, room)
) with (fillfactor = 70);
create index homes_of_pod on conference.homes (pod_id, incarnation);
