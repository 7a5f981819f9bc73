-- Up Migration

-- The defaults stay: while a new version is rolled out, replicas of the old one write rows without them.
alter table directory.tenants
  add column max_conferences integer not null default 0 check (max_conferences >= 0),
  add column max_conference_members integer not null default 0 check (max_conference_members >= 0),
  add column max_conference_minutes_per_month integer not null default 0 check (max_conference_minutes_per_month >= 0),
  add column conference_srtp_required boolean not null default false;
