-- Up Migration

-- The default stays: while a new version is rolled out, replicas of the old one write rows without it.
alter table directory.tenants add column media_relay text not null default 'when-needed'
  check (media_relay in ('never', 'when-needed', 'always'));
