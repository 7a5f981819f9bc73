-- Up Migration

alter table directory.tenants
  add column max_registrations_per_sec integer not null default 0 check (max_registrations_per_sec >= 0),
  add column service_route boolean not null default false;
